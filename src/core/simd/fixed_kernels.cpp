#include "core/simd/fixed_kernels.hpp"

#include "core/simd/int8_dot.hpp"
#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/fixed_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI32 = hn::Rebind<int32_t, D>;

// Readers give the fixed-point values as floats: vector(j) for a full vector, one(j) for a tail.
struct Whole {
    const int16_t* v;
    V vector(size_t j) const {
        return hn::ConvertTo(D(),
                             hn::PromoteTo(DI32(), hn::LoadU(hn::Rebind<int16_t, D>(), v + j)));
    }
    float one(size_t j) const { return static_cast<float>(v[j]); }
};

struct High {
    const int8_t* high;
    V vector(size_t j) const {
        const V h =
            hn::ConvertTo(D(), hn::PromoteTo(DI32(), hn::LoadU(hn::Rebind<int8_t, D>(), high + j)));
        return hn::MulAdd(h, hn::Set(D(), 256.0f), hn::Set(D(), kLowMiddle));
    }
    float one(size_t j) const { return 256.0f * static_cast<float>(high[j]) + kLowMiddle; }
};

struct Split {
    const int8_t* high;
    const uint8_t* low;
    V vector(size_t j) const {
        const auto h = hn::PromoteTo(DI32(), hn::LoadU(hn::Rebind<int8_t, D>(), high + j));
        const auto l = hn::PromoteTo(DI32(), hn::LoadU(hn::Rebind<uint8_t, D>(), low + j));
        return hn::ConvertTo(D(), hn::Add(hn::ShiftLeft<8>(h), l));
    }
    float one(size_t j) const { return static_cast<float>(high[j] * 256 + low[j]); }
};

template <class Reader>
float sum_of_squares(const float* HWY_RESTRICT q, Reader reader, float scale, size_t n) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    const V s = hn::Set(d, scale);
    V sum0 = hn::Zero(d), sum1 = sum0;
    size_t j = 0;
    for (; j + 2 * lanes <= n; j += 2 * lanes) {
        const V d0 = hn::NegMulAdd(s, reader.vector(j), hn::LoadU(d, q + j));
        const V d1 = hn::NegMulAdd(s, reader.vector(j + lanes), hn::LoadU(d, q + j + lanes));
        sum0 = hn::MulAdd(d0, d0, sum0);
        sum1 = hn::MulAdd(d1, d1, sum1);
    }
    for (; j + lanes <= n; j += lanes) {
        const V d0 = hn::NegMulAdd(s, reader.vector(j), hn::LoadU(d, q + j));
        sum0 = hn::MulAdd(d0, d0, sum0);
    }
    float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
    for (; j < n; ++j) {
        const float diff = q[j] - scale * reader.one(j);
        sum += diff * diff;
    }
    return sum;
}

float l2_squared(const float* q, const int16_t* v, float scale, size_t n) {
    return sum_of_squares(q, Whole{v}, scale, n);
}

float l2_squared_high(const float* q, const int8_t* high, float scale, size_t n) {
    return sum_of_squares(q, High{high}, scale, n);
}

float l2_squared_split(const float* q, const int8_t* high, const uint8_t* low, float scale,
                       size_t n) {
    return sum_of_squares(q, Split{high, low}, scale, n);
}

// The readers give exact values, so there is one rounding on every target.
template <class Reader>
void decode_from(Reader reader, float scale, size_t n, float* HWY_RESTRICT x) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    const V s = hn::Set(d, scale);
    size_t j = 0;
    for (; j + lanes <= n; j += lanes)
        hn::StoreU(hn::Mul(s, reader.vector(j)), d, x + j);
    for (; j < n; ++j)
        x[j] = scale * reader.one(j);
}

void decode(const int16_t* v, float scale, size_t n, float* x) {
    decode_from(Whole{v}, scale, n, x);
}

void decode_split(const int8_t* high, const uint8_t* low, float scale, size_t n, float* x) {
    decode_from(Split{high, low}, scale, n, x);
}

void decode_high(const int8_t* high, float scale, size_t n, float* x) {
    decode_from(High{high}, scale, n, x);
}

#if HWY_ARCH_X86_64 && HWY_TARGET <= HWY_AVX3_DL
constexpr auto* dot_high = int8_dot_vnni;
#elif HWY_ARCH_X86_64 && HWY_TARGET == HWY_AVX2
constexpr auto* dot_high = int8_dot_avx2;
#else
int32_t dot_high(const int8_t* HWY_RESTRICT a, const int8_t* HWY_RESTRICT b, size_t n) {
    int32_t sum = 0;
    size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
    const hn::ScalableTag<int32_t> d32;
    const hn::ScalableTag<int16_t> d16;
    const hn::Rebind<int8_t, decltype(d16)> d8;
    const size_t lanes = hn::Lanes(d16);
    auto sum0 = hn::Zero(d32), sum1 = sum0, odd0 = sum0, odd1 = sum0;
    for (; j + 2 * lanes <= n; j += 2 * lanes) {
        const auto a0 = hn::PromoteTo(d16, hn::LoadU(d8, a + j));
        const auto b0 = hn::PromoteTo(d16, hn::LoadU(d8, b + j));
        const auto a1 = hn::PromoteTo(d16, hn::LoadU(d8, a + j + lanes));
        const auto b1 = hn::PromoteTo(d16, hn::LoadU(d8, b + j + lanes));
        sum0 = hn::ReorderWidenMulAccumulate(d32, a0, b0, sum0, odd0);
        sum1 = hn::ReorderWidenMulAccumulate(d32, a1, b1, sum1, odd1);
    }
    const auto total = hn::Add(hn::Add(sum0, sum1), hn::Add(odd0, odd1));
    sum = hn::GetLane(hn::SumOfLanes(d32, total));
#endif
    for (; j < n; ++j)
        sum += a[j] * b[j];
    return sum;
}
#endif

VECTIDX_KERNEL_TABLE(FixedKernels, table, l2_squared, l2_squared_high, l2_squared_split, decode,
                     decode_split, decode_high, dot_high)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(FixedKernels, fixed_kernels, table)

}  // namespace vectidx
#endif
