// What a C++ programmer writes first, compiled with -O2 and with -O3 for the machine that the whole
// library is compiled for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/simd/half.hpp"

namespace vectidx::bench {

struct PlainLoops {
    const char* options;
    float (*l2_squared)(const float* a, const float* b, size_t n);
    float (*dot)(const float* a, const float* b, size_t n);
    float (*l1)(const float* a, const float* b, size_t n);
    float (*cosine)(const float* a, const float* b, size_t n);
    float (*fixed_l2)(const float* q, const int16_t* v, float scale, size_t n);
    float (*half_l2_squared)(const Half* a, const Half* b, size_t n);
    void (*half_decode)(const Half* from, float* to, size_t n);
    void (*half_encode)(const float* from, Half* to, size_t n);
    int32_t (*int8_dot)(const int8_t* a, const int8_t* b, size_t n);
    void (*decode_high)(const int8_t* high, float scale, size_t n, float* x);
    uint32_t (*hamming)(const uint64_t* a, const uint64_t* b, size_t words);
    uint64_t (*bit_hamming)(const uint8_t* a, const uint8_t* b, size_t bytes);
    double (*bit_jaccard)(const uint8_t* a, const uint8_t* b, size_t bytes);
    void (*hadamard)(float* x, size_t n);
    void (*signs)(const float* parent, const float* child, size_t n, uint64_t* code);
};

extern const PlainLoops kPlainO2;
extern const PlainLoops kPlainO3;

}  // namespace vectidx::bench
