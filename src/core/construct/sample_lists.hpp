// The lists of nested samples of the rows, which give the long edges (leaves.hpp).
//
// The first sample is an eighth of the rows, each other one a quarter of the one before. A row of
// some samples has the lists of each of them: neighbors at every distance, as a row has that HNSW
// inserts early. Few rows of a small sample are in one cluster, so that their lists lead to others.
#pragma once

#include "core/construct/lists.hpp"

namespace vectidx {

class SampleLists {
  public:
    // Lists of up to `most` rows, from samples of `rows` rows.
    SampleLists(uint32_t rows, uint32_t most, Arena& arena);
    // Beside what the build of the first sample takes, whose lists have `degree` places.
    static size_t bytes(uint32_t rows, uint32_t most, uint32_t degree);
    void release();

    // Rows of the first sample of so many; none of few.
    static uint32_t rows_of_first(uint32_t rows);

    // Builds the graph of a sample, whose arrays are there; `done` steps came before. Neighbors are
    // numbered within the sample.
    using BuildSample =
        FunctionRef<Parallel(const PackedVectors& sample, size_t done, RawGraph* graph)>;
    Parallel run(const PackedVectors& packed, uint32_t degree, BuildSample build);

    // The rows of the first sample, and their lists: the neighbors of the smallest sample first.
    uint32_t size() const { return size_; }
    NodeId row(uint32_t i) const { return rows_[i]; }
    uint32_t count(uint32_t i) const { return count_[i]; }
    const NodeId* list(uint32_t i) const { return ids_ + size_t{i} * most_; }

  private:
    void draw(uint32_t size, uint32_t* places) const;
    void add(const RawGraph& graph, const uint32_t* places, const NodeId* rows);

    uint32_t most_;
    uint32_t size_;
    Arena& arena_;
    NodeId* rows_;    // [size_]
    NodeId* ids_;     // [size_][most_]
    uint8_t* count_;  // [size_]
};

}  // namespace vectidx
