// From the raw lists of an algorithm to the lists that are written: completed, and connected by a
// spanning tree.
#pragma once

#include "core/base/threads.hpp"
#include "core/construct/packed_vectors.hpp"

namespace vectidx {

// The lists of an algorithm: for each row its neighbors on the base layer and its level.
struct RawGraph {
    uint32_t rows;
    uint32_t stride;  // places of a list, at least as many as the algorithm gives neighbors
    uint32_t* ids;    // [rows][stride]
    uint8_t* count;   // [rows]
    uint8_t* level;   // [rows]; 0 where the graph is flat
    // [rows] where the algorithm gives one: near rows follow each other, so that steps that look at
    // neighbors find them in the CPU's cache.
    uint32_t* order = nullptr;
};

// The finished base layer.
struct Lists {
    uint32_t rows;
    uint32_t degree;      // stride of ids
    NodeId* ids;          // [rows][degree]
    uint8_t* count;       // [rows]
    uint8_t* diverse;     // [rows] the first so many are the algorithm's; backfilled ones follow
    uint8_t* tree_edges;  // [rows][tree_edge_bytes] a bit per neighbor
    NodeId root;          // where the spanning tree starts
    uint32_t detached;    // rows that were unreachable, and that were tied in

    uint32_t tree_edge_bytes() const { return (degree + 7) / 8; }
    bool tree_edge(NodeId row, uint32_t k) const {
        return (tree_edges[size_t{row} * tree_edge_bytes() + k / 8] >> (k % 8)) & 1;
    }
};

// Allocates lists for `rows` rows.
Lists alloc_lists(uint32_t rows, uint32_t degree, Arena& arena);

// Completes every raw list to `degree` from the neighbors' neighbors (select.hpp, passes 2 and
// 3), or cuts it to the nearest where it is longer, in `threads` threads.
Parallel complete_lists(const RawGraph& raw, const PackedVectors& packed, unsigned threads,
                        Arena& arena, Poll poll, Lists* lists);

// Makes every row reachable from `root` by a spanning tree over the lists, grown so that its edges
// are spread evenly (a list of nothing but its edges could not be changed by inserts any more). A
// row that no list leads to displaces the last neighbor that is not a spanning-tree edge in the
// list of one of its own neighbors.
void build_spanning_tree(NodeId root, Arena& arena, Lists* lists);

}  // namespace vectidx
