#include "core/vector/fixed_point.hpp"

#include <gtest/gtest.h>

#include "support/data.hpp"

namespace vectidx {
namespace {

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t j = 0; j < a.size(); ++j)
        sum += std::pow(static_cast<double>(a[j]) - static_cast<double>(b[j]), 2);
    return std::sqrt(sum);
}

struct RoundTrip {
    std::vector<int16_t> v;
    std::vector<float> decoded;
    float scale;
    explicit RoundTrip(const std::vector<float>& x) : v(x.size()), decoded(x.size()) {
        scale = fixed_encode(x.data(), x.size(), v.data());
        fixed_decode(v.data(), scale, x.size(), decoded.data());
    }
};

TEST(FixedPointTest, StaysWithinItsErrorBound) {
    Random random(1);
    for (size_t n : {1u, 2u, 64u, 100u, 128u, 768u, 1536u, 16000u})
        for (double size : {1e-30, 1e-10, 1.0, 1e10, 1e18, 1e34}) {
            std::vector<float> x(n);
            for (float& value : x)
                value = static_cast<float>(size * test::gauss(random));
            const RoundTrip r(x);
            // The two roundings of single precision come on top of half a step.
            EXPECT_LE(distance(x, r.decoded),
                      static_cast<double>(fixed_error(r.scale, n)) * (1 + 1e-2))
                << n << " " << size;
        }
}

TEST(FixedPointTest, UsesTheWholeRange) {
    const RoundTrip r({0.5f, -1.0f, 1.0f, 0.0f});
    EXPECT_EQ(r.v[1], -32512);
    EXPECT_EQ(r.v[2], 32512);
    EXPECT_EQ(r.v[3], 0);
    EXPECT_FLOAT_EQ(r.decoded[1], -1.0f);
    EXPECT_FLOAT_EQ(r.decoded[2], 1.0f);
}

TEST(FixedPointTest, EncodesZeroAsZero) {
    for (float zero : {0.0f, -0.0f}) {
        const RoundTrip r(std::vector<float>(64, zero));
        EXPECT_EQ(r.scale, 0.0f);
        for (size_t j = 0; j < 64; ++j) {
            EXPECT_EQ(r.v[j], 0);
            EXPECT_EQ(r.decoded[j], 0.0f);
        }
    }
}

// Too small for a scale: such a vector counts as zero. What is lost is below 1e-33.
TEST(FixedPointTest, NeitherOverflowsNorLosesDenormalVectors) {
    for (float size : {1e-45f, 1e-40f, 1e-38f, 1e-36f, 1e-35f, 1e-34f, 1e-33f}) {
        std::vector<float> x(64, size);
        x[5] = -size;
        const RoundTrip r(x);
        EXPECT_TRUE(std::isfinite(r.scale));
        EXPECT_GE(r.scale, 0.0f);
        EXPECT_LE(distance(x, r.decoded), 1e-33) << size;
    }
}

TEST(FixedPointTest, TakesTheLargestFloats) {
    const RoundTrip r({3.4e38f, -3.4e38f, 1e38f, 0.0f});
    EXPECT_TRUE(std::isfinite(r.scale));
    EXPECT_EQ(r.v[0], 32512);
    EXPECT_EQ(r.v[1], -32512);
    for (float x : r.decoded)
        EXPECT_TRUE(std::isfinite(x));
}

TEST(FixedPointTest, EncodesADecodedVectorAsItself) {
    Random random(3);
    std::vector<float> x(768);
    for (float& value : x)
        value = static_cast<float>(test::gauss(random));
    const RoundTrip once(x), twice(once.decoded);
    EXPECT_EQ(once.v, twice.v);
}

TEST(FixedPointTest, SplitsAndJoinsEveryValue) {
    std::vector<int16_t> v, joined(65025);
    for (int value = -32512; value <= 32512; ++value)
        v.push_back(static_cast<int16_t>(value));
    std::vector<int8_t> high(v.size());
    std::vector<uint8_t> low(v.size());
    fixed_split(v.data(), v.size(), high.data(), low.data());
    fixed_join(high.data(), low.data(), v.size(), joined.data());
    EXPECT_EQ(v, joined);
    for (size_t j = 0; j < v.size(); ++j) {
        EXPECT_EQ(256 * high[j] + low[j], v[j]);
        EXPECT_GE(high[j], -127);
    }
}

TEST(FixedPointTest, SteersWithinOnePercent) {
    Random random(4);
    std::vector<float> x(768), traversal(768);
    for (float& value : x)
        value = static_cast<float>(test::gauss(random));
    const RoundTrip r(x);
    std::vector<int8_t> high(768);
    std::vector<uint8_t> low(768);
    fixed_split(r.v.data(), 768, high.data(), low.data());
    fixed_decode_high(high.data(), r.scale, 768, traversal.data());
    EXPECT_LT(distance(x, traversal), 0.012 * std::sqrt(768.0));
}

}  // namespace
}  // namespace vectidx
