// Recall@k with ties, over the rows that are alive.
#pragma once

#include <functional>

#include "data/ground_truth.hpp"

namespace bench {

class RecallJudge {
  public:
    // Which rows a query can still return.
    using Alive = std::function<bool(size_t row)>;

    // REQUIRES: set and distance outlive this object. Without `alive`, every row counts.
    RecallJudge(const DataSet& set, const ExactDistance& distance, const GroundTruth& truth,
                const Alive& alive = nullptr);

    // The share of the query's set.k nearest rows among those returned: a returned row is a hit
    // when its exact distance is not larger than the k-th exact distance. A row returned twice
    // counts once; a row out of range or not alive counts as a miss.
    double recall(size_t query, std::span<const int32_t> returned) const;

  private:
    double kth_distance(size_t query, const GroundTruth& truth) const;
    bool is_alive(size_t row) const { return alive_.empty() || alive_[row]; }

    const ExactDistance& distance_;
    size_t rows_;
    size_t wanted_;            // min(k, rows alive)
    std::vector<bool> alive_;  // empty: all
    std::vector<double> kth_;
};

}  // namespace bench
