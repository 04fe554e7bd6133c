// The leaders by whose distance the rows of a build in parts are divided (part_plan.hpp): means of
// near rows of a sample, by some rounds of Lloyd's algorithm ("Least squares quantization in PCM",
// 1982). Rows themselves would do, but in many dimensions it is chance to which of several rows
// another one is nearest. Measured on text: with means, 94 % of the ten nearest rows of a row are
// in a part with it, with rows 83 % (half of the rows in two parts, 21 parts).
//
// Bit strings have no means: their leaders are rows.
#pragma once

#include "core/base/threads.hpp"
#include "core/construct/nearest_columns.hpp"
#include "core/construct/part_plan.hpp"

namespace vectidx {

class PartLeaders {
  public:
    // Working memory comes from the arena. REQUIRES: layout and space outlive it.
    PartLeaders(const NodeLayout& layout, const VectorSpace& space, unsigned threads, Arena& arena);
    // What a leader takes, and a row of the sample.
    static size_t leader_bytes(const NodeLayout& layout);
    static size_t sample_bytes(const NodeLayout& layout);

    // A row of the sample.
    void sample(const StoredVector& x);
    // Finds up to so many leaders in the sample. REQUIRES: leaders > 0, and there is a sample.
    Parallel choose(uint32_t leaders, Poll poll);

    uint32_t size() const { return leaders_->size(); }
    float distance(uint32_t a, uint32_t b) const;
    // The nearest leaders of each row, into out[rows.size()]. The same for equal vectors, whatever
    // the other rows are. REQUIRES: choose() was called.
    Parallel nearest(const Rows& rows, Arena& arena, NearLeaders* out, Poll poll) const;

  private:
    // Makes the leaders in use of what was put into `leaders_`.
    void use_leaders();
    Parallel improve(NearLeaders* near, float* sums, uint32_t* counts, Poll poll);

    const NodeLayout& layout_;
    const VectorSpace& space_;
    unsigned threads_;
    Arena& arena_;
    Rows sample_;
    Rows rows_[2];  // the leaders, and those of the round before
    Rows* leaders_;
    Rows* older_;
    PackedVectors* packed_ = nullptr;  // of the leaders
    ColumnSet* columns_ = nullptr;
    int16_t* values_;  // of one vector
    float* vector_;    // [padded]
    uint64_t* packed_leader_;
};

}  // namespace vectidx
