// The distances of the SQL operators in double precision, and exact nearest neighbors by them.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "core/vector/metric.hpp"

#include "support/data.hpp"

namespace vectidx::test {

// Of two strings of d bytes.
inline double bit_distance(Metric metric, const void* a, const void* b, size_t d) {
    const auto *x = static_cast<const uint8_t*>(a), *y = static_cast<const uint8_t*>(b);
    int differ = 0, both = 0, either = 0;
    for (size_t j = 0; j < d; ++j) {
        differ += std::popcount(static_cast<uint8_t>(x[j] ^ y[j]));
        both += std::popcount(static_cast<uint8_t>(x[j] & y[j]));
        either += std::popcount(static_cast<uint8_t>(x[j] | y[j]));
    }
    if (metric == Metric::Hamming) return differ;
    return both == 0 ? 1.0 : 1.0 - static_cast<double>(both) / either;
}

inline double operator_distance(Metric metric, const float* a, const float* b, size_t d) {
    if (compares_bits(metric)) return bit_distance(metric, a, b, d);
    double square = 0, dot = 0, aa = 0, bb = 0, l1 = 0;
    for (size_t j = 0; j < d; ++j) {
        const double x = a[j], y = b[j];
        square += (x - y) * (x - y);
        dot += x * y;
        l1 += std::fabs(x - y);
        aa += x * x;
        bb += y * y;
    }
    if (metric == Metric::L2) return std::sqrt(square);
    if (metric == Metric::InnerProduct) return -dot;
    if (metric == Metric::L1) return l1;
    const double cosine = dot / std::sqrt(aa) / std::sqrt(bb);
    return std::isnan(cosine) ? cosine : 1.0 - std::clamp(cosine, -1.0, 1.0);
}

// The distance of the k-th nearest vector to `query`.
inline double nearest_distance(Metric metric, const Vectors& vectors, const float* query,
                               size_t k) {
    std::vector<double> all(vectors.n);
    for (size_t i = 0; i < vectors.n; ++i)
        all[i] = operator_distance(metric, query, vectors[i], vectors.d);
    std::nth_element(all.begin(), all.begin() + static_cast<long>(k) - 1, all.end());
    return all[k - 1];
}

}  // namespace vectidx::test
