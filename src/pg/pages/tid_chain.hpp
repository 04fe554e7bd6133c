// The overflow chain of a node's heap TIDs (core/layout/tids.hpp).
//
// LOCKS: links page -> Tids page, the only order in which both are held. The exclusive lock of the
// links page is held to add a TID, in the slot or in the chain, and when vacuum makes a node a
// tombstone.
//
// A Tids page has no place in the extents by which a reader could tell that it was moved. If a
// reader meets a slot of another node, its chain is out of date or damaged. The reader looks at the
// metapage and walks the chain again from its node. The chain is damaged when nothing changed, or
// when the walk ends at the same block once more while no block was given up.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/meta.hpp"
#include "core/layout/tids.hpp"

#include "pg/pages/page_reader.hpp"

namespace vectidx {

// Where a chain continues.
struct ChainPosition {
    BlockNo block;
    uint16_t slot;

    // A damaged chain may form a ring. Brent's algorithm: remember a position, and another one
    // after twice as many steps; whoever walks in a ring meets it.
    BlockNo mark_block = kNoBlock;
    uint16_t mark_slot = 0;
    uint32_t steps = 0, turn = 1;

    // The walk: how often it began, and the metapage as it was known then.
    uint32_t walks = 0;
    uint64_t version = 0;
    uint64_t retired_xid = 0;
    uint32_t cuts = 0;
    BlockNo fault_block = kNoBlock;  // where the walk before failed

    bool at_end() const { return block == kNoBlock; }
    // Moves to the next slot. Returns false when it was there before.
    bool move(BlockNo next_block, uint16_t next_slot);
};

// Pins, locks and checks a Tids page. The page is looked at before it is locked, too: a damaged
// node may name the page that its reader has locked already, or one that another backend locks in
// the reverse order.
bool lock_tids_page(PageReader& pages, BlockNo block, uint32_t generation, int mode,
                    Buffer* buffer);

// Makes a page that was just created one of free slots, before `next` in the chain of Tids pages.
void init_tids_page(char* page, BlockNo next);

// Appends the blocks of all Tids pages of a graph, newest first. Returns false when it failed.
bool list_tids_pages(PageReader& pages, const MetaHeader& header, Array<BlockNo>* blocks);

// The same for a caller whose lock keeps them in their places. A wrong page is an ERROR.
void list_tids_pages(Relation rel, const MetaHeader& header, Array<BlockNo>* blocks);

inline TidSlot* edit_tid_slot(char* page, uint16_t slot) {
    return reinterpret_cast<TidSlot*>(page + kPayloadAt) + slot;
}
inline const TidSlot& tid_slot(const char* page, uint16_t slot) {
    return *(reinterpret_cast<const TidSlot*>(page + kPayloadAt) + slot);
}

// The fault of a slot, or nullptr. REQUIRES: the page is a Tids page.
const char* tid_slot_fault(const char* page, uint16_t slot);
// The same for a slot that must belong to `owner`.
const char* tid_slot_fault(const char* page, uint16_t slot, NodeId owner);

}  // namespace vectidx
