// What a build from leaves (leaves.hpp) does with so many rows. Each figure was measured by
// test/bench/graph_bench.cpp.
#pragma once

#include <algorithm>

#include "core/construct/leaves.hpp"
#include "core/construct/partition.hpp"

namespace vectidx {

inline bool one_leaf(uint32_t rows, const LeavesParams& params) {
    return rows <= params.one_leaf_rows;
}

// Rows that a leaf gives each of its members. Fewer save time and cost queries: 40,000 rows of sift
// at recall .99 need 1.10 times the expansions of hnswlib's graph with 3/4 m, 1.01 with m, 0.96
// with 3/2 m. Text at .95 needs 1.04 times with m, 0.86 with 3/2 m.
inline uint32_t nearest_in_leaf(uint32_t rows, const LeavesParams& params) {
    return one_leaf(rows, params) ? 4 * params.m : params.m * 3 / 2;
}

// Candidates that a prune looks at.
inline uint32_t looked_at(const LeavesParams& params) {
    return std::max(128u, 8 * params.m);
}

// Whether the mean degree is that of data where the leaves miss too much: real text has half of
// the degree of other data.
inline bool is_sparse(size_t edges, uint32_t rows, const LeavesParams& params) {
    return edges * 16 < size_t{rows} * 10 * params.m;
}

// Places of a list that neighbors in samples may take. With half of the places, a mixture of
// 500,000 rows takes 1.2 times the expansions at recall .95: few rows lead to other clusters, and
// these must keep all that they have.
inline uint32_t most_of_samples(const LeavesParams& params) {
    return params.degree * 7 / 8;
}

inline PartitionParams partition_params(uint32_t rows, const LeavesParams& params) {
    return {params.threads, params.routed_leaders, !one_leaf(rows, params)};
}

// Fewer rows have the nearest of a sample of 1/600 as long candidates, and 100,000 rows of sift at
// recall .99 need 1.10 times the expansions of hnswlib's graph with the lists of samples, 1.05
// without.
inline bool has_samples(uint32_t rows, const LeavesParams& params) {
    return !one_leaf(rows, params) && is_routed(rows, partition_params(rows, params));
}

}  // namespace vectidx
