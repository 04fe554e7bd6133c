#include "core/format/metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vectidx {

KeyInterval KeySpace::interval(const PreparedQuery& q, float key, float norm2, float error) const {
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

float KeySpace::edge_error(float edge, float norm2_a, float norm2_b) const {
    if (metric_ != Metric::InnerProduct) return embedding_error_ * edge;
    return embedding_error_ * std::sqrt(0.5f * norm2_a * norm2_b);
}

KeyInterval KeySpace::embedded_interval(const PreparedQuery& q, float key, float norm2) const {
    // For inner product the key has twice the product, of a query whose norm is M.
    const float error = metric_ == Metric::InnerProduct
                            ? embedding_error_ * std::sqrt(2.0f * q.shift * norm2)
                            : embedding_error_ * key;
    return {key - 3.0f * error, key + 3.0f * error};
}

// Single precision below and above: what rounding hides is for the executor to sort.
KeyInterval KeySpace::interval_of_distance(const PreparedQuery& q, double distance) const {
    constexpr float kInfinite = std::numeric_limits<float>::infinity();
    if (std::isnan(distance)) return {-kInfinite, kInfinite};
    const double key = metric_ == Metric::L2 ? distance * distance
                                             : distance / static_cast<double>(q.unit) +
                                                   static_cast<double>(q.offset);
    const auto nearest = static_cast<float>(key);
    return {std::nextafter(nearest, -kInfinite), std::nextafter(nearest, kInfinite)};
}

double KeySpace::operator_distance(const PreparedQuery& q, float key) const {
    if (metric_ == Metric::L2) return std::sqrt(std::max(0.0, static_cast<double>(key)));
    return (static_cast<double>(key) - static_cast<double>(q.offset)) * static_cast<double>(q.unit);
}

}  // namespace vectidx
