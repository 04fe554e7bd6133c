#include "core/simd/fixed_kernels.hpp"

#include <gtest/gtest.h>

#include "core/vector/fixed_point.hpp"

#include "support/data.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

// One element past an aligned start, in blocks of exact size: no load is aligned, and AddressSani-
// tizer sees any beyond the end.
struct Operands {
    std::vector<float> q;
    std::vector<int16_t> v;
    std::vector<int8_t> high;
    std::vector<uint8_t> low;

    Operands(size_t n, uint64_t seed) : q(n + 1), v(n + 1), high(n + 1), low(n + 1) {
        Random random(seed);
        for (size_t i = 0; i <= n; ++i) {
            q[i] = static_cast<float>(1000.0 * test::gauss(random));
            v[i] = static_cast<int16_t>(static_cast<int>(random.below(65025)) - 32512);
        }
        fixed_split(v.data(), n + 1, high.data(), low.data());
    }
};

template <class Value>
double reference(const Operands& o, size_t n, double scale, Value&& value) {
    double sum = 0;
    for (size_t j = 1; j <= n; ++j)
        sum += std::pow(static_cast<double>(o.q[j]) - scale * value(j), 2);
    return sum;
}

void expect_close(double got, double want, size_t n) {
    EXPECT_NEAR(got, want, (static_cast<double>(n) / 64 + 12) * 0x1p-23 * want + 1e-20) << n;
}

TEST(FixedKernelsTest, AgreeWithDoublePrecision) {
    for_each_target([] {
        const FixedKernels& k = fixed_kernels();
        const float scale = 0.0625f;
        for (size_t n = 0; n < 400; n = n < 140 ? n + 1 : n + 41) {
            const Operands o(n, n + 7);
            expect_close(k.l2_squared(o.q.data() + 1, o.v.data() + 1, scale, n),
                         reference(o, n, 0.0625, [&](size_t j) { return o.v[j]; }), n);
            expect_close(k.l2_squared_high(o.q.data() + 1, o.high.data() + 1, scale, n),
                         reference(o, n, 0.0625, [&](size_t j) { return 256 * o.high[j] + 127.5; }),
                         n);
            expect_close(
                k.l2_squared_split(o.q.data() + 1, o.high.data() + 1, o.low.data() + 1, scale, n),
                reference(o, n, 0.0625, [&](size_t j) { return 256 * o.high[j] + o.low[j]; }), n);
        }
    });
}

// What is stored must mean the same on every CPU, so these are equal to the last bit.
TEST(FixedKernelsTest, DecodeToTheSameBitsEverywhere) {
    for_each_target([] {
        const FixedKernels& k = fixed_kernels();
        const float scale = 0.0123f;
        for (size_t n = 0; n < 400; n = n < 140 ? n + 1 : n + 41) {
            const Operands o(n, n + 9);
            std::vector<float> whole(n + 1, -1.0f), split(n + 1, -1.0f), high(n + 1, -1.0f);
            k.decode(o.v.data() + 1, scale, n, whole.data());
            k.decode_split(o.high.data() + 1, o.low.data() + 1, scale, n, split.data());
            k.decode_high(o.high.data() + 1, scale, n, high.data());
            for (size_t j = 0; j < n; ++j) {
                EXPECT_EQ(whole[j], scale * static_cast<float>(o.v[j + 1]));
                EXPECT_EQ(split[j], whole[j]);
                EXPECT_EQ(high[j], scale * (256.0f * static_cast<float>(o.high[j + 1]) + 127.5f));
            }
            EXPECT_EQ(whole[n], -1.0f);
            EXPECT_EQ(split[n], -1.0f);
            EXPECT_EQ(high[n], -1.0f);
        }
    });
}

// Split and Whole are two forms of the same values: the same result, bit for bit.
TEST(FixedKernelsTest, MeasureSplitValuesAsWholeOnes) {
    for_each_target([] {
        const Operands o(768, 3);
        EXPECT_EQ(
            fixed_kernels().l2_squared(o.q.data(), o.v.data(), 0.1f, 768),
            fixed_kernels().l2_squared_split(o.q.data(), o.high.data(), o.low.data(), 0.1f, 768));
    });
}

int64_t dot(const int8_t* a, const int8_t* b, size_t n) {
    int64_t sum = 0;
    for (size_t j = 0; j < n; ++j)
        sum += a[j] * b[j];
    return sum;
}

TEST(FixedKernelsTest, DotIsExactForEveryLength) {
    for_each_target([] {
        for (size_t n = 0; n < 700; n = n < 300 ? n + 1 : n + 61) {
            const Operands a(n, n), b(n, n + 1000);
            EXPECT_EQ(fixed_kernels().dot_high(a.high.data() + 1, b.high.data() + 1, n),
                      dot(a.high.data() + 1, b.high.data() + 1, n))
                << n;
        }
    });
}

// Pairs of products of extremes do not overflow 16 bits by one only.
TEST(FixedKernelsTest, DotIsExactAtTheExtremes) {
    for_each_target([] {
        constexpr int8_t kValues[] = {-127, -126, -64, -1, 0, 1, 127};
        for (size_t n : {1u, 64u, 100u, 256u, 16000u, 65536u})
            for (int8_t x : kValues)
                for (int8_t y : kValues) {
                    const std::vector<int8_t> a(n, x), b(n, y);
                    EXPECT_EQ(fixed_kernels().dot_high(a.data(), b.data(), n),
                              static_cast<int64_t>(n) * x * y);
                }
        Random random(4);
        std::vector<int8_t> a(1024), b(1024);
        for (int round = 0; round < 200; ++round) {
            for (size_t j = 0; j < a.size(); ++j) {
                a[j] = kValues[random.below(7)];
                b[j] = kValues[random.below(7)];
            }
            EXPECT_EQ(fixed_kernels().dot_high(a.data(), b.data(), a.size()),
                      dot(a.data(), b.data(), a.size()));
        }
    });
}

}  // namespace
}  // namespace vectidx
