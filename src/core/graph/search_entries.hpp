// What a search (search.hpp) holds: candidates on its frontier, nodes that it has evaluated,
// results.
#pragma once

#include "core/layout/node.hpp"

namespace vectidx {

struct SearchCandidate {
    float key;
    NodeId id;
};
struct EvaluatedNode {
    NodeId id;
    float key;  // traversal key, or final once refined (L1: traversal key)
    float scale;
    float norm2;
    uint32_t first_tid;  // into the queue's TIDs (result_queue.hpp)
    uint16_t tid_count;
    uint16_t overflow_slot;
    BlockNo overflow_block;
    uint32_t own_at;  // into the queue's bytes, when the bytes of the vector were kept
    bool refined;
    uint8_t flags;  // of the node
    uint16_t rows;  // with a filter: those that pass, as far as counted, or kUntested
};
constexpr uint16_t kUntested = UINT16_MAX;

struct RankedResult {
    float key;  // low end of the interval
    float high;
    uint32_t index;  // into the nodes that were evaluated
};

// Stands for a key that is farther than all others, or not known.
constexpr float kFarthestKey = 3.4e38f;

// What leaves a page under its lock.
struct PageScratch {
    float key;
    uint32_t count;
    NodeId ids[kMaxDegree];
    float estimates[kMaxDegree];
    SearchCandidate near[kMaxDegree];
};

}  // namespace vectidx
