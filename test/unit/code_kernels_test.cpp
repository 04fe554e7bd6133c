#include "core/simd/code_kernels.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "core/vector/neighbor_code.hpp"

#include "support/data.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

constexpr size_t kPlanes = QueryPlanes::kPlanes;

std::vector<uint64_t> random_words(size_t n, uint64_t seed) {
    Random random(seed);
    std::vector<uint64_t> words(n);
    for (uint64_t& w : words)
        w = random.next();
    return words;
}

int64_t plane_dot(const uint64_t* code, const uint64_t* planes, size_t words) {
    int64_t sum = 0;
    for (size_t b = 0; b < kPlanes; ++b) {
        const int64_t weight = b == kPlanes - 1 ? -(int64_t{1} << b) : int64_t{1} << b;
        for (size_t w = 0; w < words; ++w)
            sum += weight * std::popcount(code[w] & planes[b * words + w]);
    }
    return sum;
}

TEST(CodeKernelsTest, SplitPlanesRoundsToEvenAndLosesNothing) {
    for_each_target([] {
        Random random(5);
        for (size_t bits : {64u, 128u, 192u, 768u, 1536u}) {
            const size_t words = bits / 64;
            std::vector<float> q(bits);
            for (float& x : q)
                x = static_cast<float>(static_cast<int>(random.below(125)) - 62) / 4.0f;
            std::vector<uint64_t> planes(kPlanes * words + 1, 77);
            int64_t sum = 0;
            const int64_t got = code_kernels().split_planes(q.data(), bits, 2.0f, planes.data());
            for (size_t j = 0; j < bits; ++j) {
                int64_t value = 0;
                for (size_t b = 0; b < kPlanes; ++b) {
                    const int64_t weight = b == kPlanes - 1 ? -(1 << b) : 1 << b;
                    value += weight * ((planes[b * words + j / 64] >> (j % 64)) & 1);
                }
                EXPECT_EQ(value, static_cast<int64_t>(std::nearbyint(2.0 * q[j]))) << q[j];
                sum += value;
            }
            EXPECT_EQ(got, sum);
            EXPECT_EQ(planes[kPlanes * words], 77u);
        }
    });
}

TEST(CodeKernelsTest, PlaneDotsAreExact) {
    for_each_target([] {
        for (size_t words :
             {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 11u, 12u, 13u, 16u, 24u, 25u, 250u})
            for (size_t count : {0u, 1u, 2u, 3u, 5u, 7u, 8u, 15u, 16u, 31u, 32u, 64u}) {
                const auto codes = random_words(count * words, count);
                const auto planes = random_words(kPlanes * words, words);
                std::vector<int32_t> out(count + 1, 12345);
                code_kernels().plane_dots(codes.data(), count, words, planes.data(), out.data());
                for (size_t i = 0; i < count; ++i)
                    EXPECT_EQ(out[i], plane_dot(codes.data() + i * words, planes.data(), words))
                        << words << " words, code " << i << " of " << count;
                EXPECT_EQ(out[count], 12345);
            }
    });
}

TEST(CodeKernelsTest, PlaneDotsHoldTheLargestSums) {
    for_each_target([] {
        const size_t words = 250;
        const std::vector<uint64_t> ones(words, ~uint64_t{0});
        std::vector<uint64_t> planes(kPlanes * words, ~uint64_t{0});
        int32_t out = 0;
        code_kernels().plane_dots(ones.data(), 1, words, planes.data(), &out);
        EXPECT_EQ(out, -16000);
        std::fill(planes.begin() + (kPlanes - 1) * words, planes.end(), 0);
        code_kernels().plane_dots(ones.data(), 1, words, planes.data(), &out);
        EXPECT_EQ(out, 31 * 16000);
    });
}

TEST(CodeKernelsTest, CombineIsAFusedFormula) {
    for_each_target([] {
        Random random(2);
        for (size_t count = 0; count < 70; ++count) {
            std::vector<int32_t> dots(count);
            std::vector<float> add(count), out(count + 1, 7.0f);
            std::vector<Bfloat16> scale(count);
            for (size_t i = 0; i < count; ++i) {
                dots[i] = static_cast<int32_t>(random.below(20000)) - 10000;
                add[i] = static_cast<float>(100.0 * test::gauss(random));
                scale[i] = to_bfloat16(static_cast<float>(test::gauss(random)));
            }
            const float delta = 0.01f, half_sum = 3.0f, y = 40.0f;
            code_kernels().combine(dots.data(), add.data(), scale.data(), count, delta, half_sum, y,
                                   out.data());
            for (size_t i = 0; i < count; ++i) {
                const double s = from_bfloat16(scale[i]), a = add[i];
                const double want = 40.0 + a + s * (static_cast<double>(delta) * dots[i] - 3.0);
                EXPECT_NEAR(out[i], want, 1e-5 * (40.0 + std::fabs(a) + std::fabs(s) * 103.0));
            }
            EXPECT_EQ(out[count], 7.0f);
        }
    });
}

TEST(CodeKernelsTest, ResidualGivesSignsAndSums) {
    for_each_target([] {
        for (size_t n : {64u, 128u, 192u, 320u, 768u, 1024u})
            for (size_t bits : {size_t{64}, n / 128 * 64 + 64, n}) {
                if (bits > n) continue;
                const test::Vectors v = test::gaussian(2, n, n + bits);
                std::vector<uint64_t> code(bits / 64);
                const ResidualSums got = code_kernels().residual(v[0], v[1], n, bits, code.data());
                double square = 0, absolute = 0, parent = 0, sizes = 0;
                for (size_t j = 0; j < n; ++j) {
                    const float r = v[1][j] - v[0][j];
                    square += static_cast<double>(r) * static_cast<double>(r);
                    if (j >= bits) continue;
                    absolute += std::fabs(static_cast<double>(r));
                    parent += r > 0 ? static_cast<double>(v[0][j]) : -static_cast<double>(v[0][j]);
                    sizes += std::fabs(static_cast<double>(v[0][j]));
                    EXPECT_EQ((code[j / 64] >> (j % 64)) & 1, r > 0 ? 1u : 0u);
                }
                EXPECT_NEAR(got.square, square, 1e-5 * square);
                EXPECT_NEAR(got.absolute, absolute, 1e-5 * absolute);
                EXPECT_NEAR(got.parent, parent, 1e-5 * sizes);
            }
    });
}

// The checker compares codes byte by byte, on whatever CPU it runs.
TEST(CodeKernelsTest, ResidualGivesTheSameBitsOnEveryTarget) {
    for (size_t n : {64u, 192u, 768u}) {
        const test::Vectors v = test::gaussian(2, n, n);
        for (size_t bits : {size_t{64}, n}) {
            std::vector<std::vector<uint32_t>> results;
            for_each_target([&] {
                std::vector<uint64_t> code(bits / 64);
                const ResidualSums got = code_kernels().residual(v[0], v[1], n, bits, code.data());
                std::vector<uint32_t> result(3 + code.size() * 2);
                std::memcpy(result.data(), &got, sizeof(got));
                std::memcpy(result.data() + 3, code.data(), code.size() * sizeof(uint64_t));
                results.push_back(result);
            });
            for (const auto& result : results)
                EXPECT_EQ(result, results[0]) << n << " values, " << bits << " bits";
        }
    }
}

// Where child and parent agree the sign bit is 0, whatever the sign of that zero.
TEST(CodeKernelsTest, ResidualOfEqualVectorsIsZero) {
    for_each_target([] {
        std::vector<float> parent(64, 1.5f);
        parent[3] = -0.0f;
        std::vector<float> child = parent;
        child[3] = 0.0f;
        uint64_t code = ~uint64_t{0};
        const ResidualSums sums =
            code_kernels().residual(parent.data(), child.data(), 64, 64, &code);
        EXPECT_EQ(code, 0u);
        EXPECT_EQ(sums.square, 0.0f);
        EXPECT_EQ(sums.absolute, 0.0f);
    });
}

TEST(CodeKernelsTest, SignedSumFollowsTheBits) {
    for_each_target([] {
        for (size_t words : {0u, 1u, 2u, 3u, 12u, 24u, 250u}) {
            const test::Vectors v = test::gaussian(1, words * 64 + 1, words);
            const auto code = random_words(words, words);
            double want = 0, sizes = 1e-30;
            for (size_t j = 0; j < words * 64; ++j) {
                const double x = v[0][j + 1];
                want += (code[j / 64] >> (j % 64)) & 1 ? x : -x;
                sizes += std::fabs(x);
            }
            EXPECT_NEAR(code_kernels().signed_sum(v[0] + 1, code.data(), words), want,
                        1e-5 * sizes);
        }
    });
}

TEST(CodeKernelsTest, HammingIsExact) {
    for_each_target([] {
        for (size_t words = 0; words < 40; ++words) {
            const auto a = random_words(words, words), b = random_words(words, words + 100);
            int want = 0;
            for (size_t w = 0; w < words; ++w)
                want += std::popcount(a[w] ^ b[w]);
            EXPECT_EQ(code_kernels().hamming(a.data(), b.data(), words),
                      static_cast<uint32_t>(want));
            EXPECT_EQ(code_kernels().hamming(a.data(), a.data(), words), 0u);
        }
    });
}

}  // namespace
}  // namespace vectidx
