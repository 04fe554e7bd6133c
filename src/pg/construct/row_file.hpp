// Rows and other records on a temporary file: PostgreSQL's BufFile, so that temp_tablespaces and
// temp_file_limit hold, and an error removes it.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/stored_vector.hpp"

namespace vectidx {

// Is written first and then read, once or several times. Has no file before something is written.
class TempFile {
  public:
    // What the file needs in memory comes from `context`.
    explicit TempFile(MemoryContext context) : context_(context), file_(nullptr), bytes_(0) {}

    void write(const void* data, size_t bytes);
    // From here on it is read, from the start.
    void rewind();
    // Returns false at the end. REQUIRES: as many bytes were written in one piece.
    bool read(void* data, size_t bytes);
    // Gives the file back; it is empty then.
    void close();
    // What was written, in bytes.
    uint64_t bytes() const { return bytes_; }

  private:
    MemoryContext context_;
    BufFile* file_;
    uint64_t bytes_;
};

// A row of a build in parts.
struct RowRecord {
    StoredVector vector;  // with values that last until the next is read
    HeapTid tid;
    uint32_t mark[2];  // what its file says of it
};

class RowFile {
  public:
    RowFile(const NodeLayout& layout, MemoryContext context)
        : file_(context), words_(layout.words), rows_(0) {}
    // What a row takes on a file.
    static size_t row_bytes(const NodeLayout& layout);

    void write(const StoredVector& x, HeapTid tid, uint32_t mark, uint32_t second_mark = 0);
    void rewind() { file_.rewind(); }
    // Reads values into values[words]. Returns false at the end.
    bool read(int16_t* values, RowRecord* row);
    void close() { file_.close(); }
    uint64_t rows() const { return rows_; }
    uint64_t bytes() const { return file_.bytes(); }

  private:
    struct Header {
        float scale;
        float norm2;
        uint32_t source_checksum;
        uint32_t mark[2];
        HeapTid tid;
        uint8_t flags;
        uint8_t reserved;
    };

    TempFile file_;
    uint32_t words_;
    uint64_t rows_;
};

}  // namespace vectidx
