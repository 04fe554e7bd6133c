// A clustering of vectors, for filters that are correlated with them.
#pragma once

#include "data/matrix.hpp"

namespace bench {

// A random number of x: the same everywhere.
uint64_t mixed(uint64_t x);

// Centers by Lloyd's method, on a sample.
class Clusters {
  public:
    Clusters(const Matrix& data, size_t count);

    // The cluster at this rank of distance from x. REQUIRES: rank is less than their count.
    size_t nearest(std::span<const float> x, size_t rank) const;

  private:
    Matrix centers_;
};

}  // namespace bench
