#include "core/simd/float_kernels.hpp"

#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/float_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

V load(D d, const float* p) {
    return hn::LoadU(d, p);
}

V load(D d, const Half* p) {
    const hn::Rebind<uint16_t, D> bits;
    return hn::PromoteTo(d,
                         hn::BitCast(hn::Rebind<hwy::float16_t, D>(), hn::LoadU(bits, &p->bits)));
}

struct SquaredDifference {
    static V step(V sum, V a, V b) {
        const V diff = hn::Sub(a, b);
        return hn::MulAdd(diff, diff, sum);
    }
    static float tail(float a, float b) { return (a - b) * (a - b); }
};

struct Product {
    static V step(V sum, V a, V b) { return hn::MulAdd(a, b, sum); }
    static float tail(float a, float b) { return a * b; }
};

struct AbsoluteDifference {
    static V step(V sum, V a, V b) { return hn::Add(sum, hn::AbsDiff(a, b)); }
    static float tail(float a, float b) { return a > b ? a - b : b - a; }
};

// Four accumulators hide the latency of the fused multiply-add.
template <class Term, class Element>
float sum_of(const Element* HWY_RESTRICT a, const Element* HWY_RESTRICT b, size_t n) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
        s0 = Term::step(s0, load(d, a + i), load(d, b + i));
        s1 = Term::step(s1, load(d, a + i + lanes), load(d, b + i + lanes));
        s2 = Term::step(s2, load(d, a + i + 2 * lanes), load(d, b + i + 2 * lanes));
        s3 = Term::step(s3, load(d, a + i + 3 * lanes), load(d, b + i + 3 * lanes));
    }
    for (; i + lanes <= n; i += lanes)
        s0 = Term::step(s0, load(d, a + i), load(d, b + i));
    float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
    for (; i < n; ++i)
        sum += Term::tail(to_float(a[i]), to_float(b[i]));
    return sum;
}

template <class Element>
DotNorms dot_norms(const Element* HWY_RESTRICT a, const Element* HWY_RESTRICT b, size_t n) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    V dot0 = hn::Zero(d), aa0 = dot0, bb0 = dot0, dot1 = dot0, aa1 = dot0, bb1 = dot0;
    size_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        const V x0 = load(d, a + i), y0 = load(d, b + i);
        const V x1 = load(d, a + i + lanes), y1 = load(d, b + i + lanes);
        dot0 = hn::MulAdd(x0, y0, dot0);
        aa0 = hn::MulAdd(x0, x0, aa0);
        bb0 = hn::MulAdd(y0, y0, bb0);
        dot1 = hn::MulAdd(x1, y1, dot1);
        aa1 = hn::MulAdd(x1, x1, aa1);
        bb1 = hn::MulAdd(y1, y1, bb1);
    }
    DotNorms sum;
    sum.dot = hn::GetLane(hn::SumOfLanes(d, hn::Add(dot0, dot1)));
    sum.a_norm2 = hn::GetLane(hn::SumOfLanes(d, hn::Add(aa0, aa1)));
    sum.b_norm2 = hn::GetLane(hn::SumOfLanes(d, hn::Add(bb0, bb1)));
    for (; i < n; ++i) {
        const float x = to_float(a[i]), y = to_float(b[i]);
        sum.dot += x * y;
        sum.a_norm2 += x * x;
        sum.b_norm2 += y * y;
    }
    return sum;
}

#define VECTIDX_DISTANCES(table, Element)                                                     \
    VECTIDX_KERNEL_TABLE(DistanceKernels<Element>, table, sum_of<SquaredDifference, Element>, \
                         sum_of<Product, Element>, sum_of<AbsoluteDifference, Element>,       \
                         dot_norms<Element>)
VECTIDX_DISTANCES(float_table, float)
VECTIDX_DISTANCES(half_table, Half)
#undef VECTIDX_DISTANCES

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(FloatKernels, float_kernels, float_table)
VECTIDX_DISPATCH(HalfKernels, half_kernels, half_table)

}  // namespace vectidx
#endif
