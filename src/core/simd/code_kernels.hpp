// Bit operations on neighbor codes (neighbor_code.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

// The scale of a code is kept in bfloat16: its rounding error is far below the estimate's own.
using Bfloat16 = uint16_t;

inline float from_bfloat16(Bfloat16 value) {
    return __builtin_bit_cast(float, static_cast<uint32_t>(value) << 16);
}

constexpr size_t kWordBits = 64;
// Bit planes of a query, of which the highest counts negative.
constexpr size_t kQueryPlanes = 6;

// The sums that encode_neighbor() needs, over r = child - parent and its signs c.
struct ResidualSums {
    float square;    // |r|^2, all n values
    float absolute;  // sum of |r[j]| over the coded values = 2 <c, r>
    float parent;    // sum of +-parent[j] over the coded values = 2 <P, c>
};

struct CodeKernels {
    // Rounds q[j] * inverse to integers, writes bit b of each to planes[b][bits / 64], and returns
    // their sum. REQUIRES: the integers lie in [-32, 31].
    int64_t (*split_planes)(const float* q, size_t bits, float inverse, uint64_t* planes);
    // out[i] = sum over planes b of weight(b) * popcount(codes[i] & planes[b]) for `count` codes of
    // `words` words; weight(b) = 2^b, the last one negative (two's complement).
    void (*plane_dots)(const uint64_t* codes, size_t count, size_t words, const uint64_t* planes,
                       int32_t* out);
    // out[i] = y + add[i] + scale[i] * (delta * dots[i] - half_sum)
    void (*combine)(const int32_t* dots, const float* add, const Bfloat16* scale, size_t count,
                    float delta, float half_sum, float y, float* out);
    // Writes the sign bits of child - parent for the first `bits` of n values, and the sums.
    ResidualSums (*residual)(const float* parent, const float* child, size_t n, size_t bits,
                             uint64_t* code);
    // Sum of +-x[j] over `words` * 64 values: + where the bit is set.
    float (*signed_sum)(const float* x, const uint64_t* code, size_t words);
    // Number of differing bits.
    uint32_t (*hamming)(const uint64_t* a, const uint64_t* b, size_t words);
};

const CodeKernels& code_kernels();

}  // namespace vectidx
