// HNSW's heuristic over any number of candidates that are rows.
#pragma once

#include "core/construct/robust_prune.hpp"

namespace vectidx {

// One thread's: begin(), some add(), choose().
class ListPruner {
  public:
    // Looks at the `looked_at` nearest candidates and keeps up to `most` of them.
    ListPruner(const PackedVectors& packed, uint32_t looked_at, uint32_t most, Arena& arena);
    static size_t bytes(size_t packed_size, uint32_t looked_at, uint32_t most);
    void release(Arena& arena);

    void begin(NodeId row);
    // The row itself, and a candidate that came before, are left out.
    void add(NodeId candidate);
    // Likewise, with the distance that is known.
    void add(RowDistance candidate);
    // Up to `limit` into out[]: a candidate is kept unless a kept one is nearer to it than the row
    // is (algorithm 4 of the paper). Returns their number.
    uint32_t choose(uint32_t limit, NodeId* out);

  private:
    // Of so many candidates that came last, one that comes again costs no distance.
    static constexpr uint32_t kRecent = 256;

    void keep_nearest();
    void push(RowDistance candidate);
    float between(uint32_t chosen, uint32_t candidate);

    const PackedVectors* packed_;
    uint32_t looked_at_;
    size_t packed_bytes_;      // of a place in packed_rows_
    RowDistance* candidates_;  // [2 * looked_at]
    float* distance_;          // [looked_at]
    bool* used_;               // [looked_at]
    uint32_t* place_;          // [looked_at] where in packed_rows_ a chosen one is
    uint8_t* packed_rows_;     // [most + 1] of the row itself and the chosen
    NodeId row_ = kNoNode;
    uint32_t count_ = 0;
    uint32_t packed_count_ = 0;
    NodeId recent_[kRecent];
};

}  // namespace vectidx
