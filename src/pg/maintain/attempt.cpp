#include "pg/maintain/attempt.hpp"

#include "pg/maintain/truncate.hpp"
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/horizon.hpp"
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

// Without room for it the cut is what lets the rest go on, so it asks for no threshold. What scans
// may still read stays, and all that stays becomes free.
void give_back_attempt(Relation index) {
    const MetaHeader h = CurrentMeta(index).header();
    if (h.attempt == 0) return;
    if (may_truncate(index) && horizon_passed(index, h.retired_xid)) cut_unused(index, 0);
    clean_up_attempt(index);
}

}  // namespace vectidx
