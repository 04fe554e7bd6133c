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
    bool at_end() const { return block == kNoBlock; }
};

// Copies the TIDs of one slot into tids[kTidsPerSlot] and moves on. Returns their number. A slot
// that has been given to another node ends the chain.
uint32_t read_chain(Relation rel, uint32_t generation, NodeId owner, ChainPosition* position,
                    HeapTid* tids);

// Appends the blocks of all Tids pages of a graph, newest first.
void list_tids_pages(Relation rel, const MetaHeader& header, Array<BlockNo>* blocks);

// What a slot's bytes say, after checking.
const TidSlot& checked_tid_slot(Relation rel, BlockNumber block, const char* page, uint16_t slot);

}  // namespace vectidx
