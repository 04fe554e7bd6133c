#include "core/distance/float_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/distance/float_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

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
template <class Term>
float sum_of(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, size_t n) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
        s0 = Term::step(s0, hn::LoadU(d, a + i), hn::LoadU(d, b + i));
        s1 = Term::step(s1, hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes));
        s2 = Term::step(s2, hn::LoadU(d, a + i + 2 * lanes), hn::LoadU(d, b + i + 2 * lanes));
        s3 = Term::step(s3, hn::LoadU(d, a + i + 3 * lanes), hn::LoadU(d, b + i + 3 * lanes));
    }
    for (; i + lanes <= n; i += lanes)
        s0 = Term::step(s0, hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
    for (; i < n; ++i)
        sum += Term::tail(a[i], b[i]);
    return sum;
}

DotNorms dot_norms(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, size_t n) {
    const D d;
    const size_t lanes = hn::Lanes(d);
    V dot0 = hn::Zero(d), aa0 = dot0, bb0 = dot0, dot1 = dot0, aa1 = dot0, bb1 = dot0;
    size_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        const V x0 = hn::LoadU(d, a + i), y0 = hn::LoadU(d, b + i);
        const V x1 = hn::LoadU(d, a + i + lanes), y1 = hn::LoadU(d, b + i + lanes);
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
        sum.dot += a[i] * b[i];
        sum.a_norm2 += a[i] * a[i];
        sum.b_norm2 += b[i] * b[i];
    }
    return sum;
}

constexpr FloatKernels kTable = {sum_of<SquaredDifference>, sum_of<Product>,
                                 sum_of<AbsoluteDifference>, dot_norms};

const FloatKernels* table() {
    return &kTable;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

HWY_EXPORT(table);

const FloatKernels& float_kernels() {
    return *HWY_DYNAMIC_DISPATCH(table)();
}

}  // namespace vectidx
#endif
