// How far a search goes, and how far it went.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/layout/node.hpp"

namespace vectidx {

struct SearchLimits {
    uint32_t batch = 10;   // results that bound a batch, in rows; >= 1
    float epsilon = 0.0f;  // see above; > -1
    // With RowDistances: 0 where a batch is made of the nearest by traversal keys. Else it is not
    // settled, either, before it reaches beyond its last row's final key by so many standard
    // deviations of the traversal keys.
    float deviations = 0.0f;
    uint32_t batch_cap = UINT32_MAX;       // nodes with rows that a batch expands
    uint32_t max_expansions = UINT32_MAX;  // over all
    size_t max_bytes = SIZE_MAX;           // of the search's own memory
    uint32_t max_kept = UINT32_MAX;        // bytes of vectors kept to be refined, by 32-bit places
    bool strict_order = false;             // see above
    // Results whose keys are certainly larger are not wanted.
    float within = std::numeric_limits<float>::infinity();
    NodeId exclude = kNoNode;  // a node to pretend away
};

struct SearchCounters {
    uint32_t expanded = 0;
    uint32_t refined = 0;
    uint32_t late = 0;  // results found too late to be in order
};

}  // namespace vectidx
