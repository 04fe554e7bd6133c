#include "pg/storage/buffer_hints.hpp"

#include "pg/storage/page.hpp"

namespace vectidx {

namespace {

// 256 kB per backend that uses an index; a collision forgets the older block.
constexpr uint32_t kHintBits = 16;
Buffer g_hints[1u << kHintBits];

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
    return g_hints[((block + file_of(rel) * 0x9E3779B1u) * 0x85EBCA6Bu) >> (32 - kHintBits)];
}

}  // namespace

Buffer read_buffer(Relation rel, BlockNumber block) {
    // To ReadBuffer() this number means a new page at the end.
    if (block == P_NEW) report_corruption(rel, block, "a reference leads nowhere");
    // Local buffers (of temporary tables) have a table of their own, which is quick.
    if (RelationUsesLocalBuffers(rel)) return ReadBuffer(rel, block);
    Buffer& hint = hint_for(rel, block);
    if (BufferIsValid(hint) && ReadRecentBuffer(locator_of(rel), MAIN_FORKNUM, block, hint)) {
        pgstat_count_buffer_read(rel);
        pgstat_count_buffer_hit(rel);
        return hint;
    }
    return hint = ReadBuffer(rel, block);
}

}  // namespace vectidx
