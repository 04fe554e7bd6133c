#include "core/vector/power_transform.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "support/data.hpp"

namespace vectidx {
namespace {

TEST(PowerTransformTest, IsAPowerWithTheSign) {
    std::vector<float> x = {0.0f, -0.0f, 1.0f, -16.0f, 81.0f, 1e-38f, -1e-44f, 3e38f, -3e38f};
    for (float v = 1e-30f; v < 1e30f; v *= 1.7f)
        x.push_back(v);
    std::vector<float> y(x.size());
    power_transform(x.data(), x.size(), y.data());
    for (size_t j = 0; j < x.size(); ++j) {
        const double want = std::pow(std::fabs(static_cast<double>(x[j])), 0.75);
        EXPECT_NEAR(std::fabs(y[j]), want, want * 1e-7) << x[j];
        EXPECT_EQ(std::signbit(y[j]), std::signbit(x[j]));
    }
    double sum = 0;
    for (const float v : y)
        sum += std::pow(std::fabs(static_cast<double>(v)), 2.0 / 3.0);
    EXPECT_NEAR(inverse_power_transform(y.data(), y.size()), sum, 1e-6 * sum);
    for (size_t j = 0; j < x.size(); ++j)
        EXPECT_NEAR(y[j], x[j], std::fabs(x[j]) * 5e-7 + 1e-44) << j;
}

TEST(PowerTransformTest, BoundsItsError) {
    constexpr size_t kDims = 200;
    const test::Vectors v = test::gaussian(2, kDims, 7);
    for (float size : {1e-6f, 1e-3f, 0.1f, 1.0f, 30.0f}) {
        std::vector<float> y(v[0], v[0] + kDims), moved(kDims);
        double length = 0;
        for (size_t j = 0; j < kDims; ++j) {
            moved[j] = y[j] + size * v[1][j];
            length += std::pow(moved[j] - y[j], 2);
        }
        const float sum = inverse_power_transform(y.data(), kDims);
        inverse_power_transform(moved.data(), kDims);
        double off = 0;
        for (size_t j = 0; j < kDims; ++j)
            off += std::fabs(moved[j] - y[j]);
        const float bound =
            power_transform_error(sum, kDims, static_cast<float>(std::sqrt(length)));
        EXPECT_LE(off, bound) << size;
        EXPECT_GE(off, 0.2 * bound) << size;
    }
}

}  // namespace
}  // namespace vectidx
