// Distances between two arrays of floats, in single or in half precision, one body for every SIMD
// target.
#pragma once

#include <cstddef>

#include "core/simd/half.hpp"

namespace vectidx {

// The three sums in a cosine distance.
struct DotNorms {
    float dot;      // sum of a[i]*b[i]
    float a_norm2;  // sum of a[i]^2
    float b_norm2;  // sum of b[i]^2
};

// All arrays hold n elements, unaligned. Sums are taken in single precision over several lanes, so
// a sum of n terms is exact to about (n/64 + 8) * 2^-24 of the sum of the terms' magnitudes. Halves
// are converted first: in half precision each product would lose half of its digits.
template <class Element>
struct DistanceKernels {
    float (*l2_squared)(const Element* a, const Element* b, size_t n);
    float (*dot)(const Element* a, const Element* b, size_t n);
    float (*l1)(const Element* a, const Element* b, size_t n);
    DotNorms (*dot_norms)(const Element* a, const Element* b, size_t n);
};

using FloatKernels = DistanceKernels<float>;
using HalfKernels = DistanceKernels<Half>;

// The kernels of the SIMD target in use. Take the reference once, outside a loop.
const FloatKernels& float_kernels();
const HalfKernels& half_kernels();

}  // namespace vectidx
