// Overflow of heap TIDs: rows that share a vector beyond those that fit in the node's slot.
//
// A Tids page holds slots of 128 bytes; a node's slots form a chain, newest first:
//
//   NodeHeader::overflow -> slot -> slot -> none
//
// A slot names its owner, so that a reader who comes over a link that is out of date sees that the
// slot has been given to another node.
#pragma once

#include "core/layout/node.hpp"

namespace vectidx {

constexpr uint32_t kTidsPerSlot = 18;

struct TidSlot {
    NodeId owner;  // kNoNode: the slot is free
    BlockNo next_block;
    uint16_t next_slot;
    uint16_t count;
    uint32_t moved;  // 1: it has a copy, which is on the chain in its place; else 0
    HeapTid tids[kTidsPerSlot];
    uint32_t reserved2;  // 0
};
static_assert(sizeof(TidSlot) == 128);

constexpr uint32_t kTidSlotsPerPage = static_cast<uint32_t>(kPagePayload / sizeof(TidSlot));

inline bool valid_tid_slot(const TidSlot& slot) {
    return slot.count <= kTidsPerSlot &&
           (slot.next_block == kNoBlock || slot.next_slot < kTidSlotsPerPage);
}

}  // namespace vectidx
