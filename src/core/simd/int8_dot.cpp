#include "core/simd/int8_dot.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

namespace vectidx {

namespace {

int32_t dot_tail(const int8_t* a, const int8_t* b, size_t n) {
    int32_t sum = 0;
    for (size_t j = 0; j < n; ++j)
        sum += a[j] * b[j];
    return sum;
}

__attribute__((target("avx2"))) inline int32_t sum_of_lanes(__m256i x) {
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(sum);
}

}  // namespace

// The instruction multiplies unsigned by signed bytes: (a + 128) b, less 128 b, which it sums too.
__attribute__((target("avx512f,avx512bw,avx512vnni"))) int32_t int8_dot_vnni(const int8_t* a,
                                                                             const int8_t* b,
                                                                             size_t n) {
    const __m512i offset = _mm512_set1_epi8(-128);  // 128 as an unsigned byte
    __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0, excess0 = sum0, excess1 = sum0;
    size_t j = 0;
    for (; j + 128 <= n; j += 128) {
        const __m512i b0 = _mm512_loadu_si512(b + j), b1 = _mm512_loadu_si512(b + j + 64);
        const __m512i a0 = _mm512_xor_si512(_mm512_loadu_si512(a + j), offset);
        const __m512i a1 = _mm512_xor_si512(_mm512_loadu_si512(a + j + 64), offset);
        sum0 = _mm512_dpbusd_epi32(sum0, a0, b0);
        sum1 = _mm512_dpbusd_epi32(sum1, a1, b1);
        excess0 = _mm512_dpbusd_epi32(excess0, offset, b0);
        excess1 = _mm512_dpbusd_epi32(excess1, offset, b1);
    }
    for (; j + 64 <= n; j += 64) {
        const __m512i b0 = _mm512_loadu_si512(b + j);
        const __m512i a0 = _mm512_xor_si512(_mm512_loadu_si512(a + j), offset);
        sum0 = _mm512_dpbusd_epi32(sum0, a0, b0);
        excess0 = _mm512_dpbusd_epi32(excess0, offset, b0);
    }
    const __m512i sum =
        _mm512_add_epi32(_mm512_sub_epi32(sum0, excess0), _mm512_sub_epi32(sum1, excess1));
    // The masked forms: GCC 12 takes the plain ones for uses of an uninitialised variable.
    const __m256i half = _mm256_add_epi32(_mm512_maskz_extracti64x4_epi64(0xFF, sum, 0),
                                          _mm512_maskz_extracti64x4_epi64(0xFF, sum, 1));
    return sum_of_lanes(half) + dot_tail(a + j, b + j, n - j);
}

// |a| times b with the sign of a: two such products fit in 16 bits.
__attribute__((target("avx2"))) int32_t int8_dot_avx2(const int8_t* a, const int8_t* b, size_t n) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum0 = _mm256_setzero_si256(), sum1 = sum0;
    size_t j = 0;
    for (; j + 64 <= n; j += 64) {
        const __m256i a0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + j));
        const __m256i b0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + j));
        const __m256i a1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + j + 32));
        const __m256i b1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + j + 32));
        const __m256i ab0 = _mm256_maddubs_epi16(_mm256_abs_epi8(a0), _mm256_sign_epi8(b0, a0));
        const __m256i ab1 = _mm256_maddubs_epi16(_mm256_abs_epi8(a1), _mm256_sign_epi8(b1, a1));
        sum0 = _mm256_add_epi32(sum0, _mm256_madd_epi16(ab0, ones));
        sum1 = _mm256_add_epi32(sum1, _mm256_madd_epi16(ab1, ones));
    }
    return sum_of_lanes(_mm256_add_epi32(sum0, sum1)) + dot_tail(a + j, b + j, n - j);
}

}  // namespace vectidx

#endif
