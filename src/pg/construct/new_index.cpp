#include "pg/construct/new_index.hpp"

#include <algorithm>
#include <cstring>

#include "pg/pages/wal.hpp"

namespace vectidx {

namespace {

// One seed for all: a rotation need not be secret, and equal inputs give equal indexes.
constexpr uint64_t kRotationSeed = 0x7665637469647831;

MetaHeader first_header(const IndexDesign& design) {
    MetaHeader h{};
    h.version = 1;
    h.format = kIndexFormat;
    h.metric = design.metric;
    h.element_type = design.element_type;
    h.storage = design.storage;
    h.algorithm = design.algorithm;
    h.alpha = design.alpha;
    h.m = static_cast<uint16_t>(design.m);
    h.ef_construction = design.ef_construction;
    h.choice = choose_layout(design.dims, design.m, design.codes, design.storage);
    h.seed = kRotationSeed;
    h.center_block = design.center != nullptr ? kMetaBlock + 1 : kNoBlock;
    h.column_dims = design.column_dims != design.dims ? design.column_dims : 0;
    h.generation = h.last_generation = 1;
    h.embedding_error = design.embedding_error;
    h.tids_block = kNoBlock;
    h.calibration = default_calibration();
    h.pending_head = h.pending_tail = h.pending_spare = kNoBlock;
    return h;
}

Buffer new_block(Relation index, ForkNumber fork) {
    const BlockNumber block = extend_relation(index, fork, 1, false);
    const Buffer buffer = ReadBufferExtended(index, fork, block, RBM_NORMAL, nullptr);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    return buffer;
}

void write_center(Relation index, ForkNumber fork, const float* center, uint32_t dims) {
    constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
    for (uint32_t from = 0; from < dims; from += kPerPage) {
        const size_t bytes = std::min(kPerPage, dims - from) * sizeof(float);
        const Buffer buffer = new_block(index, fork);
        PageWrite write(index, WriteMode::Building);
        char* page = write.create(buffer, {PageKind::Center, 0, from});
        std::memcpy(page + kPayloadAt, center + from, bytes);
        set_page_end(page, static_cast<uint32_t>(kPayloadAt + bytes));
        write.commit();
        UnlockReleaseBuffer(buffer);
    }
}

}  // namespace

void create_index_pages(Relation index, ForkNumber fork, const IndexDesign& design) {
    const Buffer buffer = new_block(index, fork);
    Assert(BufferGetBlockNumber(buffer) == kMetaBlock);
    PageWrite write(index, WriteMode::Building);
    char* page = write.create(buffer, {PageKind::Meta, 0, 0});
    reinterpret_cast<MetaPage*>(page + kPayloadAt)->header = first_header(design);
    set_page_end(page, BLCKSZ);
    write.commit();
    UnlockReleaseBuffer(buffer);
    if (design.center != nullptr) write_center(index, fork, design.center, design.dims);
}

}  // namespace vectidx
