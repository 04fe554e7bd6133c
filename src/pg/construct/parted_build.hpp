// The graph of more rows than memory holds, in parts on temporary files (src/README.md, "Parts").
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/rows.hpp"
#include "core/transform/vector_space.hpp"

#include "pg/construct/graph_target.hpp"
#include "pg/construct/memory_build.hpp"
#include "pg/construct/row_file.hpp"

namespace vectidx {

struct PartedResult {
    uint64_t nodes;
    uint32_t parts;
    size_t memory;  // that all rows would have taken at once
};

// Takes rows, one after the other, and writes their graph at the end.
class PartedBuild {
  public:
    // REQUIRES: target, space and layout outlive it; the target has no node.
    PartedBuild(const GraphTarget& target, const VectorSpace& space, const NodeLayout& layout,
                const MemoryBuildParams& params);

    void add(const StoredVector& x, HeapTid tid);
    // All of them, with all of their TIDs.
    void add(const Rows& rows);

    // Each part stays within `memory` bytes, unless there would be more than kMostParts of them,
    // or few rows would be a part.
    PartedResult finish(size_t memory);

  private:
    GraphTarget target_;
    const NodeLayout& layout_;
    MemoryBuildParams params_;
    MemoryContext context_;
    VectorSpace space_;
    RowFile rows_;
    float max_norm2_;
};

constexpr uint32_t kMostParts = 1024;

}  // namespace vectidx
