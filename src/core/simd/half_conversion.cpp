#include "core/simd/half_conversion.hpp"

#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/half_conversion.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void decode(const Half* HWY_RESTRICT from, float* HWY_RESTRICT to, size_t n) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> d16;
    const hn::Rebind<uint16_t, decltype(d)> du16;
    const size_t lanes = hn::Lanes(d);
    size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        hn::StoreU(hn::PromoteTo(d, hn::BitCast(d16, hn::LoadU(du16, &from[i].bits))), d, to + i);
    for (; i < n; ++i)
        to[i] = to_float(from[i]);
}

void encode(const float* HWY_RESTRICT from, Half* HWY_RESTRICT to, size_t n) {
    size_t i = 0;
    // Where the CPU has no such instruction (F16C came with AVX2), Highway truncates.
#if HWY_TARGET != HWY_SCALAR && (HWY_TARGET <= HWY_AVX2 || HWY_ARCH_ARM_A64)
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> d16;
    const hn::Rebind<uint16_t, decltype(d)> du16;
    const size_t lanes = hn::Lanes(d);
    for (; i + lanes <= n; i += lanes)
        hn::StoreU(hn::BitCast(du16, hn::DemoteTo(d16, hn::LoadU(d, from + i))), du16, &to[i].bits);
#endif
    for (; i < n; ++i)
        to[i] = to_half(from[i]);
}

VECTIDX_KERNEL_TABLE(HalfConversion, table, decode, encode)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(HalfConversion, half_conversion, table)

}  // namespace vectidx
#endif
