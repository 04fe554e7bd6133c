// From the raw lists of an algorithm to the lists that are written: completed, and tied together by
// tethers.
#pragma once

#include "core/base/threads.hpp"
#include "core/build/elements.hpp"
#include "core/build/raw_graph.hpp"

namespace vectidx {

// The finished base layer.
struct Lists {
    uint32_t rows;
    uint32_t degree;    // stride of ids
    NodeId* ids;        // [rows][degree]
    uint8_t* count;     // [rows]
    uint8_t* diverse;   // [rows] the first so many are the algorithm's; fillers follow
    uint8_t* tethers;   // [rows][tether_bytes] a bit per neighbor
    NodeId root;        // where the tethers start
    uint32_t detached;  // rows that were unreachable, and that were tied in

    uint32_t tether_bytes() const { return (degree + 7) / 8; }
    bool tether(NodeId row, uint32_t k) const {
        return (tethers[size_t{row} * tether_bytes() + k / 8] >> (k % 8)) & 1;
    }
};

// Allocates lists for `rows` rows.
Lists alloc_lists(uint32_t rows, uint32_t degree, Arena& arena);

// Completes every raw list to `degree` from the neighbors' neighbors (select.hpp, passes 2 and
// 3), or cuts it to the nearest where it is longer, in `threads` threads.
Parallel complete_lists(const RawGraph& raw, const Elements& elements, unsigned threads,
                        Arena& arena, Poll poll, Lists* lists);

// Makes every row reachable from `root` by tethers: a tree over the lists, grown so that the
// tethers are spread evenly (a list of nothing but tethers could not be changed by inserts any
// more). A row that no list leads to displaces the last neighbor that is not a tether in the list
// of one of its own neighbors.
void tether_lists(NodeId root, Arena& arena, Lists* lists);

}  // namespace vectidx
