// Half precision against its definition, for every one of the 65,536 numbers and what lies between
// them.
#include "core/simd/half.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "core/simd/half_conversion.hpp"

#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

// The value of a finite half, by the definition of the format.
double value_of(uint16_t bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    const double magnitude =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    return bits >> 15 != 0 ? -magnitude : magnitude;
}

// x rounded to a multiple of the distance between halves of its size; ties go to even.
double rounded(double x) {
    if (x == 0) return x;
    const double quantum = std::ldexp(1, std::max(std::ilogb(x), -14) - 10);
    const double result = std::nearbyint(x / quantum) * quantum;
    return std::fabs(result) > 65504 ? std::copysign(INFINITY, x) : result;
}

std::vector<Half> finite_halves() {
    std::vector<Half> halves;
    for (uint32_t bits = 0; bits < 0x10000; ++bits)
        if (const Half half{static_cast<uint16_t>(bits)}; is_finite(half)) halves.push_back(half);
    return halves;
}

// Every finite half, the middle between it and the next one, and the floats beside that middle.
std::vector<float> floats_around_halves() {
    std::vector<float> floats;
    for (const Half half : finite_halves()) {
        const auto here = static_cast<float>(value_of(half.bits));
        const double next = is_finite(Half{static_cast<uint16_t>(half.bits + 1)})
                                ? value_of(half.bits + 1)
                                : std::copysign(65536.0, here);
        const auto middle = static_cast<float>((value_of(half.bits) + next) / 2);
        for (const float x :
             {here, middle, std::nextafter(middle, 0.0f), std::nextafter(middle, 2 * middle)})
            floats.push_back(x);
    }
    return floats;
}

TEST(HalfTest, ReadsEveryNumber) {
    ASSERT_EQ(finite_halves().size(), 2u * 31 * 1024);
    for (const Half half : finite_halves()) {
        ASSERT_EQ(to_float(half), value_of(half.bits)) << half.bits;
        ASSERT_EQ(std::signbit(to_float(half)), half.bits >> 15 != 0) << half.bits;
        ASSERT_EQ(to_half(to_float(half)).bits, half.bits);
        ASSERT_EQ(is_zero(half), value_of(half.bits) == 0);
    }
}

TEST(HalfTest, RoundsToTheNearest) {
    for (const float x : floats_around_halves()) {
        ASSERT_EQ(to_float(to_half(x)), rounded(x)) << x;
        ASSERT_EQ(std::signbit(to_float(to_half(x))), std::signbit(x)) << x;
    }
    for (const float x : {1e-30f, 1e-45f, 2.9e-8f, -3e-8f, 1e30f, -3.4e38f})
        EXPECT_EQ(to_float(to_half(x)), rounded(x)) << x;
}

TEST(HalfTest, OverflowsWhereItSays) {
    EXPECT_EQ(to_float(to_half(std::nextafter(kHalfOverflow, 0.0f))), 65504);
    EXPECT_EQ(to_float(to_half(kHalfOverflow)), INFINITY);
    EXPECT_EQ(to_float(to_half(-kHalfOverflow)), -INFINITY);
}

TEST(HalfTest, KeepsInfinityAndNan) {
    EXPECT_EQ(to_float(to_half(INFINITY)), INFINITY);
    EXPECT_EQ(to_float(to_half(-INFINITY)), -INFINITY);
    EXPECT_TRUE(std::isnan(to_float(to_half(NAN))));
    EXPECT_TRUE(std::isnan(to_float(Half{0x7c01})));
    EXPECT_FALSE(is_finite(Half{0x7c00}));
    EXPECT_FALSE(is_finite(Half{0xfe00}));
}

TEST(HalfConversionTest, DecodesAsToFloat) {
    const std::vector<Half> halves = finite_halves();
    for_each_target([&] {
        std::vector<float> floats(halves.size());
        half_conversion().decode(halves.data(), floats.data(), halves.size());
        for (size_t i = 0; i < halves.size(); ++i)
            ASSERT_EQ(std::bit_cast<uint32_t>(floats[i]),
                      std::bit_cast<uint32_t>(to_float(halves[i])))
                << i;
    });
}

TEST(HalfConversionTest, EncodesAsToHalf) {
    const std::vector<float> floats = floats_around_halves();
    for_each_target([&] {
        std::vector<Half> halves(floats.size());
        half_conversion().encode(floats.data(), halves.data(), floats.size());
        for (size_t i = 0; i < floats.size(); ++i)
            ASSERT_EQ(halves[i].bits, to_half(floats[i]).bits) << floats[i];
    });
}

TEST(HalfConversionTest, WritesNothingBeyondTheEnd) {
    for_each_target([] {
        for (size_t n = 0; n < 70; ++n) {
            std::vector<float> floats(n + 1, 1.5f);
            std::vector<Half> halves(n + 1, to_half(-2));
            half_conversion().encode(floats.data(), halves.data(), n);
            for (size_t i = 0; i < n; ++i)
                ASSERT_EQ(halves[i].bits, to_half(1.5f).bits);
            ASSERT_EQ(halves[n].bits, to_half(-2).bits) << n;
            half_conversion().decode(halves.data(), floats.data(), n);
            ASSERT_EQ(floats[n], 1.5f) << n;
        }
    });
}

}  // namespace
}  // namespace vectidx
