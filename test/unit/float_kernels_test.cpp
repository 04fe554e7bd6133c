#include "core/simd/float_kernels.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

#include "core/simd/target.hpp"

#include "support/data.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

// The bound that float_kernels.hpp promises for a sum of n terms.
double tolerance(size_t n, double magnitude) {
    return (static_cast<double>(n) / 64 + 8) * 0x1p-24 * magnitude + 1e-30;
}

void put(float from, float* to) {
    *to = from;
}

void put(float from, Half* to) {
    *to = to_half(from);
}

template <class Element>
struct Pair {
    std::vector<Element> a, b;
    // One element past an aligned start, so that no vector load is aligned.
    Pair(size_t n, uint64_t seed) : a(n + 1), b(n + 1) {
        Random random(seed);
        for (size_t i = 0; i <= n; ++i) {
            put(static_cast<float>(test::gauss(random)), &a[i]);
            put(static_cast<float>(test::gauss(random)), &b[i]);
        }
    }
    const Element* x() const { return a.data() + 1; }
    const Element* y() const { return b.data() + 1; }
};

// Expects the kernels to agree with double precision on vectors of n elements.
template <class Element>
void check(const DistanceKernels<Element>& kernels, size_t n) {
    const Pair<Element> p(n, n + 1);
    double l2 = 0, dot = 0, l1 = 0, aa = 0, bb = 0, sizes = 0;
    for (size_t i = 0; i < n; ++i) {
        const double x = to_float(p.x()[i]), y = to_float(p.y()[i]);
        l2 += (x - y) * (x - y);
        dot += x * y;
        sizes += std::fabs(x * y);
        l1 += std::fabs(x - y);
        aa += x * x;
        bb += y * y;
    }
    EXPECT_NEAR(kernels.l2_squared(p.x(), p.y(), n), l2, 3 * tolerance(n, l2)) << n;
    EXPECT_NEAR(kernels.dot(p.x(), p.y(), n), dot, tolerance(n, sizes)) << n;
    EXPECT_NEAR(kernels.l1(p.x(), p.y(), n), l1, 2 * tolerance(n, l1)) << n;
    const DotNorms norms = kernels.dot_norms(p.x(), p.y(), n);
    EXPECT_NEAR(norms.dot, dot, tolerance(n, sizes)) << n;
    EXPECT_NEAR(norms.a_norm2, aa, tolerance(n, aa)) << n;
    EXPECT_NEAR(norms.b_norm2, bb, tolerance(n, bb)) << n;
}

TEST(TargetTest, ListsTheBestFirstAndTakesItByDefault) {
    const SimdTargets targets = simd_targets();
    ASSERT_GE(targets.count, 1u);
    EXPECT_STREQ(simd_current(), targets.name[0]);
    std::set<std::string> names(targets.name, targets.name + targets.count);
    EXPECT_EQ(names.size(), targets.count);
}

TEST(TargetTest, ForcesEachTarget) {
    const SimdTargets targets = simd_targets();
    std::set<float (*)(const float*, const float*, size_t)> kernels;
    for (size_t i = 0; i < targets.count; ++i) {
        ASSERT_TRUE(simd_use(targets.name[i]));
        EXPECT_STREQ(simd_current(), targets.name[i]);
        EXPECT_EQ(simd_targets().count, targets.count);
        kernels.insert(float_kernels().dot);
    }
    EXPECT_EQ(kernels.size(), targets.count);
    EXPECT_TRUE(simd_use(nullptr));
    EXPECT_STREQ(simd_current(), targets.name[0]);
}

TEST(TargetTest, RefusesUnknownNames) {
    const SimdTargets targets = simd_targets();
    const char* last = targets.name[targets.count - 1];
    ASSERT_TRUE(simd_use(last));
    EXPECT_FALSE(simd_use("MMX"));
    EXPECT_STREQ(simd_current(), last);
    simd_use(nullptr);
}

TEST(FloatKernelsTest, AgreeWithDoublePrecision) {
    for_each_target([] {
        for (size_t n = 0; n < 300; n = n < 140 ? n + 1 : n + 37) {
            check(float_kernels(), n);
            check(half_kernels(), n);
        }
    });
}

TEST(FloatKernelsTest, StayExactOnLongVectors) {
    for_each_target([] {
        check(float_kernels(), 16000);
        check(half_kernels(), 16000);
    });
}

TEST(FloatKernelsTest, GiveZeroForEqualVectors) {
    for_each_target([] {
        const Pair<float> p(77, 5);
        EXPECT_EQ(float_kernels().l2_squared(p.x(), p.x(), 77), 0.0f);
        EXPECT_EQ(float_kernels().l1(p.x(), p.x(), 77), 0.0f);
        const Pair<Half> q(77, 5);
        EXPECT_EQ(half_kernels().l2_squared(q.x(), q.x(), 77), 0.0f);
        EXPECT_EQ(half_kernels().l1(q.x(), q.x(), 77), 0.0f);
    });
}

// The largest and the smallest halves: no square of them overflows or underflows a float.
TEST(FloatKernelsTest, TakeEveryHalf) {
    for_each_target([] {
        for (const float x : {65504.0f, 0x1p-24f}) {
            const std::vector<Half> a(1000, to_half(x)), b(1000, to_half(-x));
            EXPECT_NEAR(half_kernels().l2_squared(a.data(), b.data(), 1000) / (4000.0 * x * x), 1,
                        1e-4);
            EXPECT_NEAR(half_kernels().dot(a.data(), b.data(), 1000) / (-1000.0 * x * x), 1, 1e-4);
            EXPECT_NEAR(half_kernels().l1(a.data(), b.data(), 1000) / (2000.0 * x), 1, 1e-4);
        }
    });
}

// The operators report overflow by an infinite distance, never by NaN.
TEST(FloatKernelsTest, OverflowToInfinity) {
    for_each_target([] {
        std::vector<float> a(100, 3e38f), b(100, -3e38f);
        EXPECT_EQ(float_kernels().l2_squared(a.data(), b.data(), 100), INFINITY);
        EXPECT_EQ(float_kernels().l1(a.data(), b.data(), 100), INFINITY);
        EXPECT_EQ(float_kernels().dot(a.data(), b.data(), 100), -INFINITY);
    });
}

}  // namespace
}  // namespace vectidx
