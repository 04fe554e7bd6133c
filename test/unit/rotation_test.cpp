#include "core/vector/rotation.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include "core/simd/transform_kernels.hpp"

#include "support/data.hpp"
#include "support/malloc_arena.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;
using test::MallocArena;
using test::Vectors;

constexpr size_t kDims[] = {1,   2,    3,    63,   64,   65,   128,  192,  300,  384,  768,
                            960, 1000, 1024, 1536, 2000, 3072, 4096, 5000, 8191, 16000};

double dot(const float* a, const float* b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

void transform(std::vector<double>& x) {
    for (size_t half = 1; half < x.size(); half *= 2)
        for (size_t block = 0; block < x.size(); block += 2 * half)
            for (size_t j = block; j < block + half; ++j) {
                const double a = x[j], b = x[j + half];
                x[j] = a + b;
                x[j + half] = a - b;
            }
}

TEST(RotationTest, IsUndone) {
    for (size_t dims : kDims) {
        MallocArena arena;
        const Rotation rotation(dims, 5, arena);
        const Rotation copy(rotation, arena);
        const Vectors v = test::gaussian(1, dims, 3);
        std::vector<float> x(rotation.padded());
        rotation.apply(v[0], x.data());
        copy.undo(x.data());
        for (size_t j = 0; j < rotation.padded(); ++j)
            ASSERT_NEAR(x[j], j < dims ? v[0][j] : 0.0f, 2e-5) << dims << " " << j;
    }
}

TEST(TransformKernelsTest, HadamardAgreesWithDoublePrecision) {
    for_each_target([] {
        for (size_t n = 16; n <= 8192; n *= 2) {
            Vectors v = test::gaussian(1, n + 1, n);
            float* x = v[0] + 1;
            std::vector<double> want(x, x + n);
            transform(want);
            transform_kernels().hadamard(x, n);
            const double size = std::sqrt(static_cast<double>(n));
            for (size_t i = 0; i < n; ++i)
                ASSERT_NEAR(x[i], want[i], 1e-5 * size) << n << " " << i;
        }
    });
}

TEST(TransformKernelsTest, GiveTheSameBitsOnEveryTarget) {
    for (size_t n = 16; n <= 4096; n *= 2) {
        const Vectors input = test::gaussian(2, n, n);
        std::vector<float> first;
        for_each_target([&] {
            Vectors v = input;
            transform_kernels().multiply(v[0], v[1], n);
            transform_kernels().hadamard(v[0], n);
            if (first.empty()) first.assign(v[0], v[0] + n);
            EXPECT_EQ(std::memcmp(first.data(), v[0], n * sizeof(float)), 0);
        });
    }
}

TEST(TransformKernelsTest, MultiplyTakesAnyLength) {
    for_each_target([] {
        for (size_t n = 0; n < 100; ++n) {
            const Vectors input = test::gaussian(2, n + 1, n);
            Vectors v = input;
            transform_kernels().multiply(v[0] + 1, v[1] + 1, n);
            for (size_t i = 1; i <= n; ++i)
                EXPECT_EQ(v[0][i], input[0][i] * input[1][i]);
            EXPECT_EQ(v[0][0], input[0][0]);
        }
    });
}

TEST(RotationTest, PadsToWholeCodeWords) {
    EXPECT_EQ(Rotation::padded(1), 64u);
    EXPECT_EQ(Rotation::padded(64), 64u);
    EXPECT_EQ(Rotation::padded(65), 128u);
    EXPECT_EQ(Rotation::padded(16000), 16000u);
}

TEST(RotationTest, KeepsLengthsAndInnerProducts) {
    for (size_t d : kDims) {
        MallocArena arena;
        const Rotation rotation(d, 42, arena);
        const size_t n = rotation.padded();
        const Vectors v = test::gaussian(2, d, d);
        std::vector<float> a(n), b(n);
        rotation.apply(v[0], a.data());
        rotation.apply(v[1], b.data());
        const double aa = dot(v[0], v[0], d), bb = dot(v[1], v[1], d);
        EXPECT_NEAR(dot(a.data(), a.data(), n), aa, 1e-5 * aa) << d;
        EXPECT_NEAR(dot(a.data(), b.data(), n), dot(v[0], v[1], d), 1e-5 * std::sqrt(aa * bb)) << d;
    }
}

TEST(RotationTest, GivesTheSameBitsOnEveryTarget) {
    for (size_t d : kDims) {
        MallocArena arena;
        const Rotation rotation(d, 7, arena);
        const Vectors v = test::gaussian(1, d, d);
        std::vector<float> first;
        for_each_target([&] {
            std::vector<float> out(rotation.padded());
            rotation.apply(v[0], out.data());
            if (first.empty()) first = out;
            EXPECT_EQ(std::memcmp(first.data(), out.data(), out.size() * sizeof(float)), 0) << d;
        });
    }
}

TEST(RotationTest, WorksInPlace) {
    MallocArena arena;
    const Rotation rotation(100, 7, arena);
    const Vectors v = test::gaussian(1, 100, 3);
    std::vector<float> out(128), in_place(v[0], v[0] + 100);
    in_place.resize(128, 99.0f);  // what was in the padding does not matter
    rotation.apply(v[0], out.data());
    rotation.apply(in_place.data(), in_place.data());
    EXPECT_EQ(out, in_place);
}

TEST(RotationTest, DependsOnItsSeedAlone) {
    MallocArena arena;
    const Vectors v = test::gaussian(1, 200, 3);
    std::vector<float> one(256), same(256), other(256);
    Rotation(200, 1, arena).apply(v[0], one.data());
    Rotation(200, 1, arena).apply(v[0], same.data());
    Rotation(200, 2, arena).apply(v[0], other.data());
    EXPECT_EQ(one, same);
    const double cosine = dot(one.data(), other.data(), 256) / dot(v[0], v[0], 200);
    EXPECT_LT(std::fabs(cosine), 0.3);
}

// What makes fixed point and codes work: a vector along one axis comes out spread over all.
TEST(RotationTest, SpreadsEveryAxis) {
    for (size_t d : {64u, 100u, 128u, 192u, 448u, 768u, 960u, 1536u, 3000u}) {
        MallocArena arena;
        const Rotation rotation(d, 11, arena);
        const size_t n = rotation.padded();
        double largest = 0;
        for (size_t axis = 0; axis < d; axis += d / 16) {
            std::vector<float> out(n);
            out[axis] = 1.0f;
            rotation.apply(out.data(), out.data());
            for (float x : out)
                largest = std::max(largest, std::fabs(static_cast<double>(x)));
        }
        EXPECT_LT(largest * std::sqrt(static_cast<double>(n)), 6.0) << d;
    }
}

TEST(RotationTest, KeepsZeroAndExtremes) {
    MallocArena arena;
    const Rotation rotation(70, 5, arena);
    std::vector<float> zero(70), out(128);
    rotation.apply(zero.data(), out.data());
    for (float x : out)
        EXPECT_EQ(x, 0.0f);
    for (float size : {1e-30f, 1e18f, 1e30f}) {
        const std::vector<float> v(70, size);
        rotation.apply(v.data(), out.data());
        double norm = 0;
        for (float x : out)
            norm += std::pow(static_cast<double>(x) / static_cast<double>(size), 2);
        EXPECT_NEAR(norm, 70.0, 0.01);
    }
}

}  // namespace
}  // namespace vectidx
