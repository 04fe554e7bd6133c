#include "core/vector/power_transform.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace vectidx {

namespace {

// A third of the bits is a third of the exponent: 3 % off at most. Each of Halley's steps triples
// the digits.
float cube_root(float x) {
    constexpr uint32_t kTwoThirdsOfBias = 709921077;
    float t = std::bit_cast<float>(std::bit_cast<uint32_t>(x) / 3 + kTwoThirdsOfBias);
    for (int step = 0; step < 2; ++step) {
        const float cube = t * t * t;
        t *= (cube + 2.0f * x) / (2.0f * cube + x);
    }
    return t;
}

}  // namespace

void power_transform(const float* x, size_t n, float* y) {
    for (size_t j = 0; j < n; ++j) {
        const double root = std::sqrt(std::fabs(static_cast<double>(x[j])));
        y[j] = std::copysign(static_cast<float>(root * std::sqrt(root)), x[j]);
    }
}

float inverse_power_transform(float* y, size_t n) {
    float sum = 0.0f;
    for (size_t j = 0; j < n; ++j) {
        const float root = cube_root(std::fabs(y[j]));
        sum += root * root;
        y[j] *= root;
    }
    return sum;
}

float power_transform_error(float sum, size_t n, float length) {
    const float moved = std::cbrt(static_cast<float>(n) * length);
    return 4.0f / 3.0f * std::sqrt(sum + moved * moved) * length;
}

}  // namespace vectidx
