// A node's own vector as 16-bit fixed point with one scale per vector.
//
//     x[j] ~ scale * v[j],  v[j] in [-32512, 32512],  scale = max|x| / 32512
//
// The vectors are rotated first, so their largest value is about 4 |x| / sqrt(n) whatever the data,
// and the rounding error is about 3.5e-5 |x|. The high byte of v alone (the traversal copy, error
// about 0.9 % of |x|) is enough to walk the graph; with the low byte the order is final up to
// fixed_error(). The two are kept apart where that lets more nodes share a page:
//
//     v = 256 * high + low,  high in [-127, 127],  low in [0, 255]
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace vectidx {

// 127 * 256: the high byte is never -128, whose negative is no int8 (int8_dot.hpp).
constexpr float kFixedMax = 32512.0f;

// Encodes x[n] into v[n] and returns the scale (0 for a zero vector). REQUIRES: x is finite.
float fixed_encode(const float* x, size_t n, int16_t* v);

// Splits and joins the two byte planes of n values.
void fixed_split(const int16_t* v, size_t n, int8_t* high, uint8_t* low);
void fixed_join(const int8_t* high, const uint8_t* low, size_t n, int16_t* v);

// x[j] = scale * v[j], and the same from the high bytes alone.
void fixed_decode(const int16_t* v, float scale, size_t n, float* x);
void fixed_decode_high(const int8_t* high, float scale, size_t n, float* x);

// An upper bound of |x - decode(encode(x))|: half a step in each of n values.
inline float fixed_error(float scale, size_t n) {
    return 0.5f * scale * std::sqrt(static_cast<float>(n));
}

}  // namespace vectidx
