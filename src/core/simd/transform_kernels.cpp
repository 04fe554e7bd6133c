#include "core/simd/transform_kernels.hpp"

#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/transform_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void multiply(float* HWY_RESTRICT x, const float* HWY_RESTRICT factor, size_t n) {
    const hn::ScalableTag<float> d;
    const size_t lanes = hn::Lanes(d);
    size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::LoadU(d, factor + i)), d, x + i);
    for (; i < n; ++i)
        x[i] *= factor[i];
}

// One level: x[j], x[j+half] -> sum, difference, for all pairs `half` apart.
template <class D>
void butterflies(D d, float* HWY_RESTRICT x, size_t n, size_t half) {
    const size_t lanes = hn::Lanes(d);
    for (size_t block = 0; block < n; block += 2 * half)
        for (size_t j = block; j < block + half; j += lanes) {
            const auto a = hn::LoadU(d, x + j);
            const auto b = hn::LoadU(d, x + j + half);
            hn::StoreU(hn::Add(a, b), d, x + j);
            hn::StoreU(hn::Sub(a, b), d, x + j + half);
        }
}

#if HWY_TARGET != HWY_SCALAR
// The levels 1 and 2 pair lanes within one 128-bit vector.
void first_two_levels(float* HWY_RESTRICT x, size_t n) {
    const hn::FixedTag<float, 4> d;
    alignas(16) static constexpr float kSigns1[4] = {1, -1, 1, -1};
    alignas(16) static constexpr float kSigns2[4] = {1, 1, -1, -1};
    const auto signs1 = hn::Load(d, kSigns1);
    const auto signs2 = hn::Load(d, kSigns2);
    for (size_t i = 0; i < n; i += 4) {
        auto v = hn::LoadU(d, x + i);
        v = hn::Add(hn::Mul(v, signs1), hn::Shuffle2301(v));
        v = hn::Add(hn::Mul(v, signs2), hn::Shuffle1032(v));
        hn::StoreU(v, d, x + i);
    }
}
#endif

void hadamard(float* HWY_RESTRICT x, size_t n) {
#if HWY_TARGET == HWY_SCALAR
    for (size_t half = 1; half < n; half *= 2)
        butterflies(hn::ScalableTag<float>(), x, n, half);
#else
    first_two_levels(x, n);
    size_t half = 4;
    for (; half < 16; half *= 2)
        butterflies(hn::FixedTag<float, 4>(), x, n, half);
    for (; half < n; half *= 2)
        butterflies(hn::CappedTag<float, 16>(), x, n, half);
#endif
}

VECTIDX_KERNEL_TABLE(TransformKernels, table, multiply, hadamard)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(TransformKernels, transform_kernels, table)

}  // namespace vectidx
#endif
