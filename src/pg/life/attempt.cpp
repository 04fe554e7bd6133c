#include "pg/life/attempt.hpp"

#include "pg/life/truncate.hpp"
#include "pg/memory.hpp"
#include "pg/storage/free_blocks.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

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

// Nothing ever referred to blocks behind the end that the file had, but for rows that were added to
// the pending list meanwhile.
void give_back_attempt(Relation index, BlockNumber blocks_before) {
    if (CurrentMeta(index).header().attempt == 0) return;
    cut_unused(index, blocks_before);
    clean_up_attempt(index);
}

}  // namespace vectidx
