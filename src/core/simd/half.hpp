// Numbers in half precision (IEEE 754 binary16), and their conversion, one at a time.
#pragma once

#include <bit>
#include <cstdint>

namespace vectidx {

struct Half {
    uint16_t bits;  // 1 of sign, 5 of exponent, 10 of mantissa
};
static_assert(sizeof(Half) == 2);

// The least magnitude that rounds to an infinite half; the largest finite one is 65504.
inline constexpr float kHalfOverflow = 65520.0f;

inline bool is_finite(Half half) {
    return (half.bits & 0x7c00) != 0x7c00;
}

inline bool is_zero(Half half) {
    return (half.bits & 0x7fff) == 0;
}

// The same number; an infinity and NaN stay what they are.
inline float to_float(Half half) {
    // Exponent and mantissa moved to a float's places make a number that is 2^(127 - 15) times too
    // small; a multiplication corrects that, and makes normal numbers of denormals.
    const uint32_t magnitude = static_cast<uint32_t>(half.bits & 0x7fff) << 13;
    uint32_t bits = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112f);
    if (!is_finite(half)) bits |= 0x7f800000;
    return std::bit_cast<float>(bits | static_cast<uint32_t>(half.bits & 0x8000) << 16);
}

inline float to_float(float x) {
    return x;
}

// The nearest half, ties to even; infinite from kHalfOverflow on.
inline Half to_half(float x) {
    constexpr uint32_t kInfinity = 0x7f800000;
    const uint32_t bits = std::bit_cast<uint32_t>(x);
    const uint32_t magnitude = bits & 0x7fffffff;
    uint32_t result;
    if (magnitude >= std::bit_cast<uint32_t>(kHalfOverflow)) {
        result = magnitude > kInfinity ? 0x7e00 : 0x7c00;
    } else if (magnitude < std::bit_cast<uint32_t>(0x1p-14f)) {
        // Denormals are multiples of 2^-24, the last place of floats from 0.5 to 1: the addition
        // rounds to one, and leaves their count in the mantissa.
        const float sum = std::bit_cast<float>(magnitude) + 0.5f;
        result = std::bit_cast<uint32_t>(sum) - std::bit_cast<uint32_t>(0.5f);
    } else {
        // Round the 13 bits that go, then correct the exponent's bias.
        const uint32_t odd = magnitude >> 13 & 1;
        result = (magnitude + 0xfff + odd - (uint32_t{127 - 15} << 23)) >> 13;
    }
    return {static_cast<uint16_t>(result | (bits >> 16 & 0x8000))};
}

}  // namespace vectidx
