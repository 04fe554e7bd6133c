// The exact nearest rows of every query, computed once and cached in a folder.
#pragma once

#include "data/exact_distance.hpp"

namespace bench {

// Enough that 10 of them are still there after 40 % of the rows were deleted.
inline constexpr size_t kTruthDepth = 100;

struct GroundTruth {
    size_t depth = 0;  // neighbors per query: kTruthDepth, or all rows of a smaller set
    std::vector<int32_t> rows;
    std::vector<double> distances;

    std::span<const int32_t> rows_of(size_t query) const {
        return {rows.data() + query * depth, depth};
    }
    std::span<const double> distances_of(size_t query) const {
        return {distances.data() + query * depth, depth};
    }
};

// Compares every query with every row, on all CPUs, with a progress line.
GroundTruth compute_ground_truth(const DataSet& set, const ExactDistance& distance);

// Takes it from the cache folder when a file there fits the data (by a hash of all values), else
// computes it and writes that file. An empty folder name means no cache.
GroundTruth load_ground_truth(const DataSet& set, const ExactDistance& distance,
                              const std::string& cache_folder);

}  // namespace bench
