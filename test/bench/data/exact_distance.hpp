// Distances in float64. The ground truth and the recall use this one function, so that equal rows
// have equal distances to the last bit.
#pragma once

#include "data/data_set.hpp"

namespace bench {

class ExactDistance {
  public:
    // REQUIRES: the set outlives this object.
    explicit ExactDistance(const DataSet& set);

    // Smaller is nearer: the squared L2 distance, the cosine distance, or the negative inner
    // product. Infinite for a zero vector under cosine, which no index returns.
    double operator()(size_t query, size_t row) const;

  private:
    const DataSet& set_;
    std::vector<double> row_norms_;    // cosine only
    std::vector<double> query_norms_;  // cosine only
};

}  // namespace bench
