// Built-in data: the same rows on every machine for the same seed.
//
//   uniform            each coordinate uniform in [0, 1): no structure, the hardest for any index
//   gaussian-clusters  sqrt(rows) round clusters of equal weight: centers N(0, 1), spread 0.25
//   mixture            nearer to learned embeddings: sqrt(rows) clusters with Zipf weights, each on
//                      its own directions of decaying variance (1, 1/2, 1/3, ...), plus noise
#pragma once

#include "data/matrix.hpp"

namespace bench {

// Throws std::runtime_error when no generator is called `kind`.
Matrix generate(const std::string& kind, size_t rows, size_t dims, uint64_t seed);

// Cuts the last `count` rows off and returns them. REQUIRES: count <= matrix.rows.
Matrix take_last_rows(Matrix& matrix, size_t count);

}  // namespace bench
