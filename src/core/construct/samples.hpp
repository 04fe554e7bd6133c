// What a graph is calibrated with: queries and their nearest nodes, by brute force.
//
// Two kinds of queries. The index's own vectors stand for queries like the data; each is searched
// for as if it were not in the graph. The middle of two vectors stands for a query unlike the data,
// with neighbors in several places. A few are compared down to the 1,000th neighbor, more to the
// 100th, all to the tenth.
#pragma once

#include "core/base/random.hpp"
#include "core/base/threads.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/transform/vector_space.hpp"

namespace vectidx {

struct NearNode {
    float distance;
    NodeId id;
    bool operator<(const NearNode& other) const { return distance < other.distance; }
};

struct Sample {
    NodeId id;          // its node, or kNoNode: it lies between two
    float norm2;        // see NodeHeader
    VectorView vector;  // [padded], as the index stores it
    uint32_t wanted;    // how many nearest nodes were looked for
    NearNode* nearest;  // [wanted], the nearest first
};

// Used in this order: pick() every node, close(), compare() every node, finish().
class Samples {
  public:
    // REQUIRES: space, layout and arena outlive the samples.
    Samples(const VectorSpace& space, const NodeLayout& layout, unsigned threads, Poll poll,
            Arena& arena);

    // Offers a node as a sample; a uniform choice of all is kept (reservoir sampling).
    void pick(NodeId id, const StoredVector& x);
    // Ends the choice. Afterwards count() says how many there are; few nodes are worth none.
    void close();
    // Compares a node with all samples, many at a time.
    Parallel compare(NodeId id, const StoredVector& x);
    Parallel finish();

    uint32_t nodes() const { return nodes_; }
    uint32_t count() const { return count_; }
    const Sample& operator[](uint32_t i) const { return samples_[i]; }

  private:
    static constexpr uint32_t kOwnRows = 400;
    static constexpr uint32_t kBetween = 100;
    static constexpr uint32_t kPicked = kOwnRows + 2 * kBetween;
    static constexpr uint32_t kBatch = 256;  // nodes that are compared at once

    VectorBuffer vector_at(uint32_t i) const { return place(vectors_, i); }
    VectorBuffer place(float* vectors, size_t i) const {
        return VectorBuffer(vectors + i * padded_);
    }
    void add_sample(uint32_t picked, bool between, uint32_t number);
    float distance(const Sample& sample, VectorView a, uint32_t i) const;
    void compare_sample(uint32_t s);
    Parallel compare_batch();

    const VectorSpace& space_;
    const NodeLayout& layout_;
    unsigned threads_;
    Poll poll_;
    Arena& arena_;
    uint32_t padded_;
    Random random_;
    uint32_t nodes_ = 0;  // that were picked from
    uint32_t count_ = 0;
    Sample* samples_;
    float* vectors_;   // [kPicked][padded], as stored
    float* restored_;  // L1: [count][padded], as given; else nullptr
    NodeId* ids_;      // [kPicked]
    float* norm2_;     // [kPicked]
    float* batch_;     // [kBatch][padded]
    NodeId* batch_ids_;
    float* batch_norm2_;
    uint32_t in_batch_ = 0;
};

}  // namespace vectidx
