#include "core/vector/sparse_distance.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/random.hpp"

namespace vectidx {
namespace {

struct Sparse {
    std::vector<int32_t> indices;
    std::vector<float> values;
    SparseFloats view() const { return {indices.data(), values.data(), indices.size()}; }
};

Sparse sparse_of(const std::vector<float>& dense) {
    Sparse sparse;
    for (size_t i = 0; i < dense.size(); ++i)
        if (dense[i] != 0) {
            sparse.indices.push_back(static_cast<int32_t>(i));
            sparse.values.push_back(dense[i]);
        }
    return sparse;
}

// A vector of small whole numbers, `percent` of them not zero: all sums below are exact.
std::vector<float> random_dense(Random& random, size_t dims, uint32_t percent) {
    std::vector<float> dense(dims);
    for (float& x : dense)
        if (random.below(100) < percent) x = static_cast<float>(random.below(20)) - 10.0f;
    return dense;
}

TEST(SparseDistanceTest, AgreesWithDenseVectors) {
    Random random(1);
    for (int round = 0; round < 2000; ++round) {
        const size_t dims = random.below(40);
        const std::vector<float> x = random_dense(random, dims, random.below(101));
        const std::vector<float> y = random_dense(random, dims, random.below(101));
        double l2 = 0, dot = 0, l1 = 0, norm2 = 0;
        for (size_t i = 0; i < dims; ++i) {
            l2 += (x[i] - y[i]) * (x[i] - y[i]);
            dot += x[i] * y[i];
            l1 += std::fabs(x[i] - y[i]);
            norm2 += x[i] * x[i];
        }
        const Sparse a = sparse_of(x), b = sparse_of(y);
        ASSERT_EQ(sparse_l2_squared(a.view(), b.view()), l2);
        ASSERT_EQ(sparse_dot(a.view(), b.view()), dot);
        ASSERT_EQ(sparse_l1(a.view(), b.view()), l1);
        ASSERT_EQ(sparse_norm2(a.view()), norm2);
    }
}

TEST(SparseDistanceTest, DoesNotOverflow) {
    const Sparse a = sparse_of({3e38f, 3e38f}), b = sparse_of({-3e38f, 0});
    EXPECT_NEAR(sparse_l2_squared(a.view(), b.view()) / (5 * 9e76), 1, 1e-6);
    EXPECT_NEAR(sparse_dot(a.view(), b.view()) / -9e76, 1, 1e-6);
    EXPECT_NEAR(sparse_l1(a.view(), b.view()) / 9e38, 1, 1e-6);
}

}  // namespace
}  // namespace vectidx
