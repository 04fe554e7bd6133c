// The lists of an algorithm before they are completed (lists.hpp).
#pragma once

#include <cstdint>

namespace vectidx {

// For each row its neighbors on the base layer and its level.
struct RawGraph {
    uint32_t rows;
    uint32_t stride;  // places of a list, at least as many as the algorithm gives neighbors
    uint32_t* ids;    // [rows][stride]
    uint8_t* count;   // [rows]
    uint8_t* level;   // [rows]; 0 where the graph is flat
};

}  // namespace vectidx
