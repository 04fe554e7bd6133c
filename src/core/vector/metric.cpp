#include "core/vector/metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/simd/bit_kernels.hpp"
#include "core/simd/float_kernels.hpp"

namespace vectidx {

float KeySpace::distance2(VectorView a, VectorView b, size_t padded) const {
    return compares_bits(metric_) ? bit_key(a.bits(), b.bits(), padded)
                                  : float_kernels().l2_squared(a.floats(), b.floats(), padded);
}

float KeySpace::bit_key(const uint8_t* a, const uint8_t* b, size_t bytes) const {
    // Single precision counts up to 16,777,216 bits.
    if (metric_ == Metric::Hamming) return static_cast<float>(bit_kernels().hamming(a, b, bytes));
    const Overlap overlap = bit_kernels().overlap(a, b, bytes);
    if (overlap.either == 0) return 0.0f;
    return static_cast<float>(1.0 - static_cast<double>(overlap.both) /
                                        static_cast<double>(overlap.either));
}

KeyInterval KeySpace::interval(const RotatedQuery& q, float key, float norm2, float error) const {
    if (compares_bits(metric_)) return {key - q.bit_rounding, key + q.bit_rounding};
    const float distance = std::sqrt(std::max(0.0f, key - q.shift + norm2));
    const float e = error + kRelativeError * (q.magnitude + distance);
    const float near = std::max(0.0f, distance - e);
    KeyInterval result{near * near - kAbsoluteError,
                       (distance + e) * (distance + e) + kAbsoluteError};
    if (metric_ == Metric::InnerProduct) {
        const float rounding = kRelativeError * (q.norm2 + q.shift + norm2);
        result.low += q.shift - norm2 - rounding;
        result.high += q.shift - norm2 + rounding;
    } else if (metric_ == Metric::Cosine) {
        // The operator divides by norms of its own; near zero that error is not relative.
        result.low -= kRelativeError;
        result.high += kRelativeError;
    }
    return result;
}

// For inner product the key has twice the product, of a query whose norm is M.
float KeySpace::key_error(const RotatedQuery& q, float key, float norm2) const {
    return embedding_error_ *
           (metric_ == Metric::InnerProduct ? std::sqrt(2.0f * q.shift * norm2) : std::fabs(key));
}

// Single precision below and above: what rounding hides is for the executor to sort.
KeyInterval KeySpace::interval_of_distance(const RotatedQuery& q, double distance) const {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    if (std::isnan(distance)) return {-kInfinite, kInfinite};
    const double key = metric_ == Metric::L2 ? distance * distance
                                             : distance / q.unit + static_cast<double>(q.offset);
    const auto nearest = static_cast<float>(key);
    return {std::nextafter(nearest, -kInfinite), std::nextafter(nearest, kInfinite)};
}

double KeySpace::operator_distance(const RotatedQuery& q, float key) const {
    if (metric_ == Metric::L2) return std::sqrt(std::max(0.0, static_cast<double>(key)));
    // A lower bound, where the executor takes it for one.
    if (metric_ == Metric::Jaccard) return static_cast<double>(key) - kJaccardRounding;
    const double distance = (static_cast<double>(key) - static_cast<double>(q.offset)) * q.unit;
    // Single precision, in which the operator sums, takes products below its least number as zero.
    constexpr double kLostProducts = 16000 * 1.5e-45;
    return metric_ == Metric::InnerProduct ? distance - kLostProducts : distance;
}

}  // namespace vectidx
