// Choosing a node's neighbors from candidates.
#pragma once

#include <cstdint>

namespace vectidx {

// Fills a neighbor list in three passes over candidates sorted by distance:
//
//   1. up to `m` by HNSW's heuristic (Malkov and Yashunin 2018, algorithm 4): a candidate is kept
//      unless a kept one is nearer to it than the node itself;
//   2. up to `degree` by the same test relaxed by alpha (DiskANN's robust prune, Subramanya et al.
//      2019, algorithm 2);
//   3. up to `degree` by distance alone.
//
// What passes 2 and 3 add are backfilled neighbors. Measured on real text, a list completed this
// way needs a third of the hops of hnswlib's own list (src/README.md, "Differences from the
// papers").
class NeighborSelection {
  public:
    // chosen: room for `degree` indexes of candidates. The first `kept` of them stand already.
    NeighborSelection(uint32_t degree, uint32_t* chosen, uint32_t kept)
        : degree_(degree), chosen_(chosen), count_(kept) {}

    uint32_t count() const { return count_; }

    // Passes 1 and 2: `limit` neighbors at most, squared distances. between(i, j) is the distance
    // of two candidates; used[i] tells and notes which candidates stand already.
    template <class Between>
    void add_diverse(const float* distance, uint32_t candidates, uint32_t limit, float alpha2,
                     bool* used, Between&& between) {
        if (limit > degree_) limit = degree_;
        for (uint32_t i = 0; i < candidates && count_ < limit; ++i)
            if (!used[i] && is_diverse(i, distance[i], alpha2, between)) {
                used[i] = true;
                chosen_[count_++] = i;
            }
    }

    // Pass 3.
    void add_nearest(uint32_t candidates, bool* used) {
        for (uint32_t i = 0; i < candidates && count_ < degree_; ++i)
            if (!used[i]) {
                used[i] = true;
                chosen_[count_++] = i;
            }
    }

  private:
    template <class Between>
    bool is_diverse(uint32_t i, float distance, float alpha2, Between&& between) const {
        for (uint32_t k = 0; k < count_; ++k)
            if (alpha2 * between(chosen_[k], i) < distance) return false;
        return true;
    }

    uint32_t degree_;
    uint32_t* chosen_;
    uint32_t count_;
};

// The alpha of pass 2, squared. 1.1 and 1.2 measured alike; 1.4 loses.
constexpr float kFillAlpha2 = 1.1f * 1.1f;

}  // namespace vectidx
