// Conversion of arrays between half and single precision, one body for every SIMD target.
#pragma once

#include <cstddef>

#include "core/simd/half.hpp"

namespace vectidx {

// All arrays hold n numbers, unaligned; none of them is infinite or NaN. The results are those of
// to_float() and to_half(), bit by bit, on every target.
struct HalfConversion {
    void (*decode)(const Half* from, float* to, size_t n);
    void (*encode)(const float* from, Half* to, size_t n);
};

// The functions of the SIMD target in use. Take the reference once, outside a loop.
const HalfConversion& half_conversion();

}  // namespace vectidx
