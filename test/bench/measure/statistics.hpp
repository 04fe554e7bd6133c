// Percentiles of a sample.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace bench {

// The smallest value that at least `percent` % of the sample do not exceed; 0 for no sample.
inline double percentile(std::vector<double> sample, double percent) {
    if (sample.empty()) return 0.0;
    const double rank = std::ceil(percent / 100.0 * static_cast<double>(sample.size()));
    const auto at = sample.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(sample.begin(), at, sample.end());
    return *at;
}

inline double median(const std::vector<double>& sample) {
    return percentile(sample, 50.0);
}

}  // namespace bench
