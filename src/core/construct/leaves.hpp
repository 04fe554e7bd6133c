// The graph from overlapping leaves: "PiPNN: Ultra-Scalable Graph-Based Nearest Neighbor Indexing"
// (arXiv 2602.21247), with exact pruning instead of hashes, and with long edges.
//
// Each row is in the balls of its nearest leaders (partition.hpp), and its nearest rows in each of
// these are found by comparing all rows of a ball with each other (leaf_lists.hpp). These are its
// candidates, together with the nearest leaders and the nearest of two coarser samples, which give
// long edges. HNSW's heuristic keeps up to m. Then each edge gets its reverse, and lists that are
// too long are pruned again. Few rows are one leaf, so that all of their nearest are found. Of
// many rows, a sample gets the lists of samples, too (sample_lists.hpp).
//
// No step reads what another one of the same phase writes, so no list is locked, and the graph
// does not depend on the number of threads.
#pragma once

#include "core/construct/lists.hpp"
#include "core/construct/nearest_columns.hpp"

namespace vectidx {

struct LeavesParams {
    uint32_t m;       // neighbors that a row chooses
    uint32_t degree;  // neighbors that it has with the reverse ones at most, up to kMaxDegree
    unsigned threads;
    uint32_t one_leaf_rows = 10000;  // up to so many rows are one leaf
    // From so many leaders on, a row looks only at those near its nearest coarse leaders, and there
    // are lists of samples.
    uint32_t routed_leaders = 4000;
};

// What `poll` is called with at the end, per row.
constexpr uint32_t kLeavesPhases = 5;

// Fills `graph`, whose arrays the caller has allocated with a stride of `degree`, its `order`, too.
// Working memory comes from the arena, and is given back.
// REQUIRES: no more than kMostLeavesRows rows.
constexpr uint32_t kMostLeavesRows = UINT32_MAX / 8;
Parallel build_leaves(const PackedVectors& packed, const LeavesParams& params, Arena& arena,
                      Poll poll, RawGraph* graph);

// Bytes that build_leaves() takes at its peak, beside the packed vectors and the graph.
size_t leaves_bytes(const PackedShape& shape, size_t packed_size, uint32_t rows,
                    const LeavesParams& params);

}  // namespace vectidx
