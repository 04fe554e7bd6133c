// Distances to fixed-point vectors (fixed_point.hpp). All arrays hold n values, unaligned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

// Replaces the unknown low byte in the traversal copy.
constexpr float kLowMiddle = 127.5f;

struct FixedKernels {
    // |q - scale * v|^2
    float (*l2_squared)(const float* q, const int16_t* v, float scale, size_t n);
    // |q - scale * (256 * high + 127.5)|^2: the traversal distance.
    float (*l2_squared_high)(const float* q, const int8_t* high, float scale, size_t n);
    // |q - scale * (256 * high + low)|^2
    float (*l2_squared_split)(const float* q, const int8_t* high, const uint8_t* low, float scale,
                              size_t n);
    // x[j] = scale * v[j], the same bits on every target.
    void (*decode)(const int16_t* v, float scale, size_t n, float* x);
    // x[j] = scale * (256 * high[j] + low[j]), likewise.
    void (*decode_split)(const int8_t* high, const uint8_t* low, float scale, size_t n, float* x);
    // x[j] = scale * (256 * high[j] + 127.5), likewise: the traversal form.
    void (*decode_high)(const int8_t* high, float scale, size_t n, float* x);
    // sum of a[j] * b[j], exact. REQUIRES: values in [-127, 127], n <= 65536.
    int32_t (*dot_high)(const int8_t* a, const int8_t* b, size_t n);
};

const FixedKernels& fixed_kernels();

}  // namespace vectidx
