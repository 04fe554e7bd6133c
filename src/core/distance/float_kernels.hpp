// Distances between two float arrays, one body for every SIMD target.
#pragma once

#include <cstddef>

namespace vectidx {

// What a cosine distance is made of.
struct DotNorms {
    float dot;      // sum of a[i]*b[i]
    float a_norm2;  // sum of a[i]^2
    float b_norm2;  // sum of b[i]^2
};

// All arrays hold n floats, unaligned. Sums are taken in single precision over several lanes, so a
// sum of n terms is exact to about (n/64 + 8) * 2^-24 of the sum of the terms' magnitudes.
struct FloatKernels {
    float (*l2_squared)(const float* a, const float* b, size_t n);
    float (*dot)(const float* a, const float* b, size_t n);
    float (*l1)(const float* a, const float* b, size_t n);
    DotNorms (*dot_norms)(const float* a, const float* b, size_t n);
};

// The kernels of the SIMD target in use. Take the reference once, outside a loop.
const FloatKernels& float_kernels();

}  // namespace vectidx
