// The graph of all rows at once, in memory: hnswlib, Vamana or leaves, lists, spanning tree, pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/lists.hpp"
#include "core/construct/rows.hpp"
#include "core/transform/vector_space.hpp"

#include "pg/construct/graph_target.hpp"
#include "pg/construct/progress.hpp"

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

// The finished lists of some rows, and their levels.
struct BuiltLists {
    Lists lists;
    uint8_t* levels;  // [rows]
};

// Is called where another step of a build begins, which counts to `total`.
using StartStep = FunctionRef<void(BuildPhase phase, int64 total)>;
// How often a row counts as done in these steps and when it is encoded (encode_slots).
int64 build_steps(const MemoryBuildParams& params);

// Runs the algorithm on `rows`, completes the lists of rows [0, spanned), and connects these by a
// spanning tree. Memory comes from the arena. REQUIRES: spanned > 0; the space has the largest
// norm.
BuiltLists build_lists(const Rows& rows, uint32_t spanned, const VectorSpace& space,
                       const NodeLayout& layout, const MemoryBuildParams& params, Arena& arena,
                       StartStep start_step);

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
// The same for so many distinct vectors.
size_t build_bytes(uint32_t rows, const NodeLayout& layout, const MemoryBuildParams& params);

}  // namespace vectidx
