#include "pg/construct/row_file.hpp"

namespace vectidx {

void TempFile::write(const void* data, size_t bytes) {
    if (file_ == nullptr) {
        const MemoryContext before = MemoryContextSwitchTo(context_);
        file_ = BufFileCreateTemp(false);
        MemoryContextSwitchTo(before);
    }
    BufFileWrite(file_, const_cast<void*>(data), bytes);
    bytes_ += bytes;
}

void TempFile::rewind() {
    if (file_ != nullptr && BufFileSeek(file_, 0, 0, SEEK_SET) != 0)
        ereport(ERROR, (errcode_for_file_access(), errmsg("could not rewind temporary file")));
}

bool TempFile::read(void* data, size_t bytes) {
    if (file_ == nullptr) return false;
    const size_t got = BufFileRead(file_, data, bytes);
    if (got == bytes) return true;
    if (got == 0) return false;
    ereport(ERROR,
            (errcode_for_file_access(),
             errmsg("could not read from temporary file: read only %zu of %zu bytes", got, bytes)));
}

void TempFile::close() {
    if (file_ != nullptr) BufFileClose(file_);
    file_ = nullptr;
}

size_t RowFile::row_bytes(const NodeLayout& layout) {
    return sizeof(Header) + layout.words * sizeof(int16_t);
}

void RowFile::write(const StoredVector& x, HeapTid tid, uint32_t mark, uint32_t second_mark) {
    const Header header{x.scale, x.norm2, x.source_checksum, {mark, second_mark}, tid, x.flags, 0};
    file_.write(&header, sizeof(header));
    file_.write(x.values, words_ * sizeof(int16_t));
    ++rows_;
}

bool RowFile::read(int16_t* values, RowRecord* row) {
    Header header;
    if (!file_.read(&header, sizeof(header))) return false;
    if (!file_.read(values, words_ * sizeof(int16_t)))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("a row on a temporary file has no vector")));
    *row = {{values, header.scale, header.norm2, header.source_checksum, header.flags},
            header.tid,
            {header.mark[0], header.mark[1]}};
    return true;
}

}  // namespace vectidx
