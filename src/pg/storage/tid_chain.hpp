// The overflow chain of a node's heap TIDs (core/format/tids.hpp).
//
// LOCKS: links page -> Tids page, the only order in which both are held. Whoever adds a TID, in the
// slot or in the chain, holds the exclusive lock of the links page; so does vacuum where it
// declares a node a tombstone.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/format/meta.hpp"
#include "core/format/tids.hpp"

namespace vectidx {

// Where a chain goes on.
struct ChainPosition {
    BlockNo block;
    uint16_t slot;

    // A damaged chain may form a ring. Brent's algorithm: remember a position, and another one
    // after twice as many steps; whoever walks in a ring meets it.
    BlockNo mark_block = kNoBlock;
    uint16_t mark_slot = 0;
    uint32_t steps = 0, turn = 1;

    bool at_end() const { return block == kNoBlock; }
    // Moves to the next slot. ERROR index_corrupted when it was there before.
    void move(Relation rel, BlockNo next_block, uint16_t next_slot);
};

// A Tids page, pinned, locked and checked. The page is looked at before it is locked, too: a
// damaged node may name the page that its reader has locked already, or one that another backend
// locks in the reverse order.
Buffer lock_tids_page(Relation rel, BlockNo block, uint32_t generation, int mode);

// Makes a page that was just created one of free slots, before `next` in the chain of Tids pages.
void init_tids_page(char* page, BlockNo next);

// Copies the TIDs of one slot into tids[kTidsPerSlot] and moves on. Returns their number. A slot
// that has been given to another node ends the chain.
uint32_t read_chain(Relation rel, uint32_t generation, NodeId owner, ChainPosition* position,
                    HeapTid* tids);

// Appends the blocks of all Tids pages of a graph, newest first.
void list_tids_pages(Relation rel, const MetaHeader& header, Array<BlockNo>* blocks);

// What a slot's bytes say, after checking.
const TidSlot& checked_tid_slot(Relation rel, BlockNumber block, const char* page, uint16_t slot);

}  // namespace vectidx
