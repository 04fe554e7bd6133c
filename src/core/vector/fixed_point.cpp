#include "core/vector/fixed_point.hpp"

#include "core/simd/fixed_kernels.hpp"

namespace vectidx {

float fixed_encode(const float* x, size_t n, int16_t* v) {
    float largest = 0.0f;
    for (size_t j = 0; j < n; ++j) {
        const float size = std::fabs(x[j]);
        largest = size > largest ? size : largest;
    }
    const float scale = largest / kFixedMax;
    // A scale that is zero or denormal would make the inverse infinite.
    const float inverse = kFixedMax / largest;
    if (!(scale > 0.0f) || !std::isfinite(inverse)) {
        for (size_t j = 0; j < n; ++j)
            v[j] = 0;
        return 0.0f;
    }
    for (size_t j = 0; j < n; ++j)
        v[j] = static_cast<int16_t>(std::nearbyintf(x[j] * inverse));
    return scale;
}

void fixed_split(const int16_t* v, size_t n, int8_t* high, uint8_t* low) {
    for (size_t j = 0; j < n; ++j) {
        high[j] = static_cast<int8_t>(v[j] >> 8);
        low[j] = static_cast<uint8_t>(v[j] & 0xFF);
    }
}

void fixed_join(const int8_t* high, const uint8_t* low, size_t n, int16_t* v) {
    for (size_t j = 0; j < n; ++j)
        v[j] = static_cast<int16_t>(high[j] * 256 + low[j]);
}

void fixed_decode(const int16_t* v, float scale, size_t n, float* x) {
    fixed_kernels().decode(v, scale, n, x);
}

void fixed_decode_high(const int8_t* high, float scale, size_t n, float* x) {
    fixed_kernels().decode_high(high, scale, n, x);
}

}  // namespace vectidx
