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
// 3), or cuts it to the nearest where it is longer, in `threads` threads. Rows from `completed` on
// keep what they have.
Parallel complete_lists(const RawGraph& raw, uint32_t completed, const PackedVectors& packed,
                        unsigned threads, Arena& arena, Poll poll, Lists* lists);

// Makes rows [0, spanned) reachable from `root`, one of them, by a spanning tree over their lists,
// grown so that its edges are spread evenly (a list of nothing but its edges could not be changed
// by inserts any more). A row that no list leads to displaces the last neighbor that is not a
// spanning-tree edge in the list of one of its own neighbors. Other rows are in no edge.
void build_spanning_tree(NodeId root, uint32_t spanned, Arena& arena, Lists* lists);

// Makes `to` the end of a spanning-tree edge of `from`, whose list has it already, has room, or
// gives up its last neighbor that is not such an edge. Returns false when all of them are.
bool add_tree_edge(NodeId from, NodeId to, Lists* lists);

// A row of [0, spanned) for which add_tree_edge() has room: the root, or else one without any.
NodeId row_with_room(uint32_t spanned, const Lists& lists);

}  // namespace vectidx
