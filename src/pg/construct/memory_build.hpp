// The graph of all rows at once, in memory: hnswlib, Vamana or leaves, lists, spanning tree, pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/rows.hpp"
#include "core/transform/vector_space.hpp"

#include "pg/construct/graph_target.hpp"

namespace vectidx {

struct MemoryBuildParams {
    Algorithm algorithm;
    float alpha;  // Vamana's
    uint32_t m;
    uint32_t ef_construction;
    unsigned threads;  // 1: none beside the backend's own
};

// The parameters that the metapage records.
MemoryBuildParams memory_build_params(const MetaHeader& header, unsigned threads);

// Builds the graph of `rows` and writes it into pages of a graph that has no node.
void build_graph(const GraphTarget& target, const Rows& rows, const VectorSpace& space,
                 const NodeLayout& layout, const MemoryBuildParams& params);

// Threads for a build of so many rows, from `threshold` rows on as many as
// max_parallel_maintenance_workers and the processors allow.
unsigned build_threads(uint32_t threshold, uint32_t rows);

// The memory of a row with a vector of its own in that, on average.
size_t build_row_bytes(const Rows& rows, const NodeLayout& layout, const MemoryBuildParams& params);

// The memory that build_graph() takes at its peak, with that of the rows.
size_t build_bytes(const Rows& rows, const NodeLayout& layout, const MemoryBuildParams& params);

}  // namespace vectidx
