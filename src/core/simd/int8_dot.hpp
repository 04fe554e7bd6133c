// Inner products of int8 vectors by hand, for the x86 targets where Highway 1.0 has no instruction
// for them. They are the heart of the build, and take 40 % and 60 % of the time of Highway's
// (vectidx_bench, fixed/dot_high). Exact; n values each, unaligned, in [-127, 127].
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

#if defined(__x86_64__)

// AVX-512 with VNNI: what Highway's AVX3_DL and better have.
int32_t int8_dot_vnni(const int8_t* a, const int8_t* b, size_t n);
int32_t int8_dot_avx2(const int8_t* a, const int8_t* b, size_t n);

#endif

}  // namespace vectidx
