#include "core/format/metric.hpp"

#include <algorithm>
#include <cmath>

namespace vectidx {

namespace {

// What single precision may lose, relative to the lengths involved: the rotation's some 40
// roundings per value, the stored scale, and the operator's own sum.
constexpr float kRelativeError = 4e-6f;
// What squares lose where they are too small for all of single precision's digits.
constexpr float kAbsoluteError = 1e-37f;

}  // namespace

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

double KeySpace::operator_distance(const PreparedQuery& q, float key) const {
    if (metric_ == Metric::L2) return std::sqrt(std::max(0.0, static_cast<double>(key)));
    return (static_cast<double>(key) - static_cast<double>(q.offset)) * static_cast<double>(q.unit);
}

}  // namespace vectidx
