#include "pg/maintain/truncate.hpp"

#include <algorithm>

#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/horizon.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// As REL_TRUNCATE_MINIMUM and REL_TRUNCATE_FRACTION of the heap.
bool worth_cutting(BlockNumber unused, BlockNumber blocks) {
    return unused > 0 && (unused >= 1000 || unused >= blocks / 16);
}

// A standby's scans compare `cuts` with their copy before they pin a block that they do not have in
// memory; so the record goes before the cut. The page of free blocks names none of them any more.
void announce_cut(Relation index, BlockNumber end) {
    const GraphPages graph = {index, kMetaBlock, WriteMode::Logged};
    bool outdated;
    FreeList list = read_free(graph, &outdated);
    if (list.cut(end) || outdated) write_free(graph, list, kNoBlock);
    edit_meta(index, kMetaBlock, WriteMode::Logged,
              [](char*, MetaPage& meta) { ++meta.header.cuts; });
}

BlockNumber cut_locked(Relation index, BlockNumber blocks, BlockNumber end) {
    // The caller counts as one, where it needs the lock.
    if (RelationExtensionLockWaiterCount(index) > 1) return 0;
    TEST_POINT("truncate");
    announce_cut(index, end);
    if (RelationExtensionLockWaiterCount(index) > 1) return 0;
    TEST_POINT("truncate-announced");
    // Between dropping the blocks' buffers and cutting the file, another tool may have read a block
    // into a buffer again; nobody can afterwards.
    RelationTruncate(index, end);
    RelationTruncate(index, end);
    return blocks - end;
}

// Scans that still read retired blocks find that these changed, and read the metapage again.
void blank_unused(Relation index, uint64_t retired_xid, Arena& arena) {
    const BlockSet used = claim_unused(index, retired_xid, Leave::None, arena).used;
    for (BlockNumber block = used.next_unused(0); block < used.blocks();
         block = used.next_unused(block + 1)) {
        CHECK_FOR_INTERRUPTS();
        blank_block(index, block);
    }
    TEST_POINT("attempt-blanked");
    edit_meta(index, kMetaBlock, WriteMode::Logged,
              [](char*, MetaPage& meta) { meta.header.attempt = 0; });
    publish_unused(index, retired_xid, arena);
}

}  // namespace

bool may_truncate(Relation index) {
    const Relation heap = RelationIdGetRelation(index->rd_index->indrelid);
    if (!RelationIsValid(heap)) return false;
    const auto* options = reinterpret_cast<const StdRdOptions*>(heap->rd_options);
#if PG_VERSION_NUM >= 180000
    const bool may = options != nullptr && options->vacuum_truncate_set ? options->vacuum_truncate
                                                                        : vacuum_truncate;
#else
    const bool may = options == nullptr || options->vacuum_truncate;
#endif
    RelationClose(heap);
    return may;
}

BlockNumber cut_unused(Relation index, BlockNumber first) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx truncate", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(context);
    const BlockSet used = lock_blocks_in_use(index, arena);
    const BlockNumber end = std::max(used.end(), first);
    const BlockNumber cut = end < used.blocks() ? cut_locked(index, used.blocks(), end) : 0;
    unlock_extension(index);
    MemoryContextDelete(context);
    return cut;
}

BlockNumber truncate_index(Relation index) {
    if (!may_truncate(index)) return 0;
    if (!horizon_passed(index, CurrentMeta(index).header().retired_xid)) return 0;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx truncate", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(context);
    const BlockSet used = lock_blocks_in_use(index, arena);
    unlock_extension(index);
    BlockNumber cut = 0;
    if (worth_cutting(used.blocks() - used.end(), used.blocks()))
        cut = cut_unused(index, used.end());
    MemoryContextDelete(context);
    return cut;
}

void clean_up_attempt(Relation index) {
    const MetaHeader h = CurrentMeta(index).header();
    if (h.attempt == 0) return;
    const uint64_t retired_xid = h.retired_xid;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx attempt", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(context);
    blank_unused(index, retired_xid, arena);
    MemoryContextDelete(context);
}

// Without room for it the cut is what lets the rest go on, so it asks for no threshold. What scans
// may still read stays, and all that stays becomes free.
void give_back_attempt(Relation index) {
    const MetaHeader h = CurrentMeta(index).header();
    if (h.attempt == 0) return;
    if (may_truncate(index) && horizon_passed(index, h.retired_xid)) cut_unused(index, 0);
    clean_up_attempt(index);
}

}  // namespace vectidx
