#include "pg/pages/buffer_hints.hpp"

#include "pg/pages/page.hpp"

namespace vectidx {

namespace {

// At most 1 MB per backend that uses indexes; a collision forgets the older block. Blocks take
// places in a row, so those of one index collide from 2 GB on only.
constexpr uint32_t kHints = 1u << 18;
Buffer g_hints[kHints];

#if PG_VERSION_NUM >= 160000
Oid file_of(Relation rel) {
    return rel->rd_locator.relNumber;
}
const RelFileLocator& locator_of(Relation rel) {
    return rel->rd_locator;
}
#else
Oid file_of(Relation rel) {
    return rel->rd_node.relNode;
}
const RelFileNode& locator_of(Relation rel) {
    return rel->rd_node;
}
#endif

Buffer& hint_for(Relation rel, BlockNumber block) {
    return g_hints[(block + file_of(rel) * 0x9E3779B1u) % kHints];
}

}  // namespace

Buffer recent_buffer(Relation rel, BlockNumber block) {
    // Local buffers (of temporary tables) have a table of their own, which is quick.
    if (RelationUsesLocalBuffers(rel)) return InvalidBuffer;
    const Buffer hint = hint_for(rel, block);
    if (!BufferIsValid(hint) || !ReadRecentBuffer(locator_of(rel), MAIN_FORKNUM, block, hint))
        return InvalidBuffer;
    pgstat_count_buffer_read(rel);
    pgstat_count_buffer_hit(rel);
    return hint;
}

Buffer read_buffer(Relation rel, BlockNumber block) {
    Assert(block != P_NEW);  // which means a new page at the end
    const Buffer recent = recent_buffer(rel, block);
    if (BufferIsValid(recent)) return recent;
    const Buffer buffer = ReadBuffer(rel, block);
    if (!RelationUsesLocalBuffers(rel)) hint_for(rel, block) = buffer;
    return buffer;
}

void prefetch_bytes(Relation rel, BlockNumber block, uint32 from, uint32 count, bool may_read) {
    if (RelationUsesLocalBuffers(rel)) return;
    const Buffer hint = hint_for(rel, block);
    if (!BufferIsValid(hint)) {
        if (may_read && effective_io_concurrency > 0) PrefetchBuffer(rel, MAIN_FORKNUM, block);
        return;
    }
    constexpr uint32 kCacheLine = 64;
    __builtin_prefetch(GetBufferDescriptor(static_cast<uint32>(hint - 1)), 1);
    const char* page = BufferGetPage(hint);
    __builtin_prefetch(page);
    for (uint32 at = from & ~(kCacheLine - 1); at < from + count; at += kCacheLine)
        __builtin_prefetch(page + at);
}

}  // namespace vectidx
