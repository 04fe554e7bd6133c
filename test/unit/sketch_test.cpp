#include "core/vector/sketch.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "core/base/random.hpp"

namespace vectidx {
namespace {

struct Sparse {
    std::vector<int32_t> indices;
    std::vector<float> values;
    SparseFloats view() const { return {indices.data(), values.data(), indices.size()}; }
};

Sparse random_sparse(uint64_t seed, uint32_t dims, size_t count) {
    Random random(seed);
    std::map<int32_t, float> elements;
    for (size_t i = 0; i < count; ++i)
        elements[static_cast<int32_t>(random.below(dims))] =
            static_cast<float>(random.below(2001)) / 1000.0f - 1.0f;
    Sparse x;
    for (const auto& [index, value] : elements) {
        if (value == 0.0f) continue;
        x.indices.push_back(index);
        x.values.push_back(value);
    }
    return x;
}

std::vector<float> sketch_of(const Sparse& x, uint32_t dims, bool roots = false) {
    std::vector<float> out(sketch_dims(dims), NAN);
    sketch(x.view(), dims, roots, out.data());
    return out;
}

double distance2(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t j = 0; j < a.size(); ++j)
        sum += (static_cast<double>(a[j]) - b[j]) * (static_cast<double>(a[j]) - b[j]);
    return sum;
}

TEST(SketchTest, IsTheVectorWhereDimensionsAreFew) {
    for (uint32_t dims : {1u, 5u, kSketchDims}) {
        EXPECT_EQ(sketch_error(dims), 0.0f);
        const Sparse x = random_sparse(dims, dims, 3);
        const std::vector<float> out = sketch_of(x, dims);
        ASSERT_EQ(out.size(), dims);
        std::vector<float> want(dims, 0.0f);
        for (size_t i = 0; i < x.indices.size(); ++i)
            want[static_cast<size_t>(x.indices[i])] = x.values[i];
        EXPECT_EQ(out, want);
    }
}

// The mean and the deviation of what the sketch makes of distances, over many pairs.
TEST(SketchTest, KeepsDistancesToItsError) {
    constexpr uint32_t kDims = 1000000000;
    constexpr int kPairs = 400;
    double sum = 0, squares = 0, l1_sum = 0;
    for (int pair = 0; pair < kPairs; ++pair) {
        const Sparse a = random_sparse(2 * pair, kDims, 60),
                     b = random_sparse(2 * pair + 1, kDims, 60);
        const double error = distance2(sketch_of(a, kDims), sketch_of(b, kDims)) /
                                 sparse_l2_squared(a.view(), b.view()) -
                             1;
        sum += error;
        squares += error * error;
        l1_sum += distance2(sketch_of(a, kDims, true), sketch_of(b, kDims, true)) /
                      sparse_l1(a.view(), b.view()) -
                  1;
    }
    const double limit = sketch_error(kDims);
    EXPECT_NEAR(limit, 0.051, 0.001);
    EXPECT_NEAR(sum / kPairs, 0, 0.2 * limit);
    EXPECT_NEAR(l1_sum / kPairs, 0, 0.2 * limit);
    EXPECT_LE(std::sqrt(squares / kPairs), 1.1 * limit);
    EXPECT_GE(std::sqrt(squares / kPairs), 0.5 * limit);
}

TEST(SketchTest, IsZeroForTheZeroVectorAlone) {
    constexpr uint32_t kDims = 100000;
    const std::vector<float> zero(kSketchDims, 0.0f);
    EXPECT_EQ(sketch_of({}, kDims), zero);
    int canceled = 0;
    for (int32_t i = 1; i < 20000; ++i) {
        // Of equal values in two dimensions some meet in one place with opposite signs.
        const Sparse x{{0, i}, {1.0f, 1.0f}};
        const std::vector<float> out = sketch_of(x, kDims);
        EXPECT_NE(out, zero) << i;
        canceled += out == sketch_of({{0}, {1.0f}}, kDims);
    }
    EXPECT_GE(canceled, 3);
}

TEST(SketchTest, StaysFinite) {
    Sparse x;
    for (int32_t i = 0; i < 16000; ++i) {
        x.indices.push_back(i);
        x.values.push_back(3.4e38f);
    }
    for (const float value : sketch_of(x, 16000))
        EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace vectidx
