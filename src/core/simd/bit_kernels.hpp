// Counts of bits in two bit strings, one body for every SIMD target.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

// The two counts in a Jaccard distance.
struct Overlap {
    uint64_t both;    // bits set in a and in b
    uint64_t either;  // bits set in a or in b
};

// All strings have `bytes` bytes, unaligned.
struct BitKernels {
    uint64_t (*hamming)(const uint8_t* a, const uint8_t* b, size_t bytes);  // bits that differ
    Overlap (*overlap)(const uint8_t* a, const uint8_t* b, size_t bytes);
};

// The kernels of the SIMD target in use. Take the reference once, outside a loop.
const BitKernels& bit_kernels();

}  // namespace vectidx
