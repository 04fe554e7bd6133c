// What a C++ programmer writes first, compiled with -O2 and with -O3 for the machine that the whole
// library is compiled for.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx::bench {

struct PlainLoops {
    const char* options;
    float (*l2_squared)(const float* a, const float* b, size_t n);
    float (*dot)(const float* a, const float* b, size_t n);
    float (*l1)(const float* a, const float* b, size_t n);
    float (*cosine)(const float* a, const float* b, size_t n);
    float (*fixed_l2)(const float* q, const int16_t* v, float scale, size_t n);
    int32_t (*int8_dot)(const int8_t* a, const int8_t* b, size_t n);
    void (*decode_high)(const int8_t* high, float scale, size_t n, float* x);
    uint32_t (*hamming)(const uint64_t* a, const uint64_t* b, size_t words);
    void (*hadamard)(float* x, size_t n);
    void (*signs)(const float* parent, const float* child, size_t n, uint64_t* code);
};

extern const PlainLoops kPlainO2;
extern const PlainLoops kPlainO3;

}  // namespace vectidx::bench
