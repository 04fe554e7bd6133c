// The estimates of neighbor_code.hpp against true distances, over many random rotations.
#include "core/vector/neighbor_code.hpp"

#include <bit>
#include <gtest/gtest.h>

#include "core/vector/rotation.hpp"

#include "support/data.hpp"
#include "support/malloc_arena.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::MallocArena;
using test::Vectors;

TEST(Bfloat16Test, KeepsWhatFits) {
    for (float x : {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 1.5f, -2.25f, 256.0f, 0x1p-126f, 0x1p127f})
        EXPECT_EQ(from_bfloat16(to_bfloat16(x)), x);
    EXPECT_EQ(from_bfloat16(to_bfloat16(INFINITY)), INFINITY);
}

TEST(Bfloat16Test, RoundsToNearestEven) {
    EXPECT_EQ(from_bfloat16(to_bfloat16(1.0f + 0x1p-8f)), 1.0f);              // tie to even
    EXPECT_EQ(from_bfloat16(to_bfloat16(1.0f + 0x3p-8f)), 1.0f + 0x1p-6f);    // tie to even
    EXPECT_EQ(from_bfloat16(to_bfloat16(1.0f + 0x1.2p-8f)), 1.0f + 0x1p-7f);  // above the tie
    Random random(1);
    for (int i = 0; i < 10000; ++i) {
        const auto x = static_cast<float>(test::gauss(random));
        EXPECT_NEAR(from_bfloat16(to_bfloat16(x)), x, 0x1p-8f * std::fabs(x));
    }
}

double distance2(const float* a, const float* b, size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; ++j)
        sum += std::pow(static_cast<double>(a[j]) - static_cast<double>(b[j]), 2);
    return sum;
}

// Of (estimate - truth) / (|scale| times the length of q - P across r). The documented error has
// sqrt(y), the whole length, instead: the same where q - P and r are orthogonal, else less.
struct Errors {
    double mean = 0;
    double deviation = 0;
};

// One parent, neighbor and query, estimated under many rotations.
Errors measure(size_t dims, size_t code_bits, double key_difference) {
    constexpr int kRounds = 3000;
    const Vectors v = test::gaussian(3, dims, dims + code_bits);
    const double parent_child = distance2(v[1], v[2], dims), whole = distance2(v[0], v[1], dims);
    const double along = (whole + parent_child - distance2(v[0], v[2], dims)) / 2;
    const double across = std::sqrt(whole - along * along / parent_child);
    double sum = 0, squares = 0;
    for (int round = 0; round < kRounds; ++round) {
        MallocArena arena;
        const Rotation rotation(dims, static_cast<uint64_t>(round), arena);
        const size_t n = rotation.padded();
        std::vector<float> q(n), parent(n), child(n);
        rotation.apply(v[0], q.data());
        rotation.apply(v[1], parent.data());
        rotation.apply(v[2], child.data());
        std::vector<uint64_t> code(code_bits / 64);
        const NeighborTerms terms =
            encode_neighbor(parent.data(), child.data(), n, code_bits,
                            static_cast<float>(key_difference), code.data());
        const QueryPlanes planes(q.data(), code_bits, arena);
        const auto y = static_cast<float>(distance2(q.data(), parent.data(), n));
        float estimate = 0;
        planes.estimate(code.data(), &terms.add, &terms.scale, 1, y, &estimate);
        const double truth = distance2(v[0], v[2], dims) + key_difference;
        const double unit = std::fabs(static_cast<double>(from_bfloat16(terms.scale))) * across;
        const double error = (static_cast<double>(estimate) - truth) / unit;
        sum += error;
        squares += error * error;
    }
    const double mean = sum / kRounds;
    return {mean, std::sqrt(squares / kRounds - mean * mean)};
}

TEST(NeighborCodeTest, EstimatesWithoutBias) {
    for (size_t dims : {64u, 100u, 128u, 300u, 768u}) {
        const size_t padded = Rotation::padded(dims);
        const Errors e = measure(dims, padded, 0.0);
        EXPECT_NEAR(e.mean, 0.0, 0.03) << dims;  // standard error .0055; 64-d has a bias of its own
        EXPECT_NEAR(e.deviation, 0.30, 0.02) << dims;
    }
}

// A code of the first values only: still unbiased, and of the same error in units of a scale that
// grows with n / bits.
TEST(NeighborCodeTest, EstimatesFromFewerBits) {
    const Errors e = measure(1024, 512, 0.0);
    EXPECT_NEAR(e.mean, 0.0, 0.05);
    EXPECT_NEAR(e.deviation, 0.30, 0.02);
}

TEST(NeighborCodeTest, AddsTheDifferenceOfKeys) {
    const Errors with = measure(128, 128, 17.0), without = measure(128, 128, 0.0);
    EXPECT_NEAR(with.mean, without.mean, 1e-3);
    EXPECT_NEAR(with.deviation, without.deviation, 1e-3);
}

TEST(NeighborCodeTest, IsExactForTheParentsTwin) {
    MallocArena arena;
    const Vectors v = test::gaussian(2, 128, 1);
    uint64_t code[2];
    const NeighborTerms terms = encode_neighbor(v[0], v[0], 128, 128, 0.0f, code);
    EXPECT_EQ(terms.scale, 0);
    EXPECT_EQ(terms.add, 0.0f);
    const QueryPlanes planes(v[1], 128, arena);
    float estimate = 0;
    planes.estimate(code, &terms.add, &terms.scale, 1, 5.0f, &estimate);
    EXPECT_EQ(estimate, 5.0f);
}

TEST(NeighborCodeTest, EstimatesTheParentItselfExactly) {
    // For q = parent the estimate is |r|^2 up to the query's six bits, whatever the code.
    MallocArena arena;
    const Vectors v = test::gaussian(2, 256, 2);
    uint64_t code[4];
    const NeighborTerms terms = encode_neighbor(v[0], v[1], 256, 256, 0.0f, code);
    const QueryPlanes planes(v[0], 256, arena);
    float estimate = 0;
    planes.estimate(code, &terms.add, &terms.scale, 1, 0.0f, &estimate);
    const double truth = distance2(v[0], v[1], 256);
    EXPECT_NEAR(estimate, truth, 0.05 * truth);
}

TEST(NeighborCodeTest, SurvivesExtremeSizes) {
    for (float size : {1e-38f, 1e-25f, 1e-19f, 1e15f, 1e18f}) {
        MallocArena arena;
        Vectors v = test::gaussian(3, 64, 4);
        for (float& x : v.values)
            x *= size;
        uint64_t code = 0;
        const NeighborTerms terms = encode_neighbor(v[0], v[1], 64, 64, 0.0f, &code);
        EXPECT_TRUE(std::isfinite(terms.add));
        EXPECT_TRUE(std::isfinite(from_bfloat16(terms.scale)));
        const QueryPlanes planes(v[2], 64, arena);
        float estimate = NAN;
        planes.estimate(&code, &terms.add, &terms.scale, 1, 0.0f, &estimate);
        EXPECT_TRUE(std::isfinite(estimate)) << size;
    }
}

// The six-bit query against the float it stands for, by way of single-bit codes.
TEST(QueryPlanesTest, RoundsTheQueryToSixBits) {
    test::for_each_target([] {
        MallocArena arena;
        const size_t n = 192;
        const Vectors v = test::gaussian(1, n, 6);
        const QueryPlanes planes(v[0], n, arena);
        double largest = 0, sum = 0;
        for (size_t j = 0; j < n; ++j)
            largest = std::max(largest, std::fabs(static_cast<double>(v[0][j])));
        const double delta = largest / 31;
        for (size_t j = 0; j < n; ++j)
            sum += delta * std::nearbyint(static_cast<double>(v[0][j]) / delta);
        const float add = 0.0f;
        const Bfloat16 one = to_bfloat16(1.0f);
        for (size_t j = 0; j < n; ++j) {
            uint64_t code[3] = {};
            code[j / 64] = uint64_t{1} << (j % 64);
            float out = 0;  // = q[j] - sum / 2
            planes.estimate(code, &add, &one, 1, 0.0f, &out);
            EXPECT_NEAR(static_cast<double>(out) + sum / 2, v[0][j], 0.5001 * delta + 1e-4) << j;
        }
    });
}

TEST(QueryPlanesTest, EstimatesListsOfAnyLength) {
    MallocArena arena;
    const Vectors v = test::gaussian(202, 128, 8);
    std::vector<uint64_t> codes(400);
    std::vector<float> add(200), out(201, -1.0f);
    std::vector<Bfloat16> scale(200);
    for (size_t i = 0; i < 200; ++i) {
        const NeighborTerms t = encode_neighbor(v[200], v[i], 128, 128, 0.0f, &codes[2 * i]);
        add[i] = t.add;
        scale[i] = t.scale;
    }
    const QueryPlanes planes(v[201], 128, arena);
    for (size_t count : {0u, 1u, 31u, 63u, 64u, 65u, 128u, 200u}) {
        std::fill(out.begin(), out.end(), -1.0f);
        planes.estimate(codes.data(), add.data(), scale.data(), count, 10.0f, out.data());
        for (size_t i = 0; i < count; ++i) {
            float alone = 0;
            planes.estimate(&codes[2 * i], &add[i], &scale[i], 1, 10.0f, &alone);
            EXPECT_NEAR(out[i], alone, 1e-4f * std::fabs(alone));
        }
        EXPECT_EQ(out[count], -1.0f);
    }
}

TEST(QueryPlanesTest, TakesAZeroQuery) {
    MallocArena arena;
    const std::vector<float> zero(64, 0.0f);
    const QueryPlanes planes(zero.data(), 64, arena);
    const uint64_t code = ~uint64_t{0};
    const float add = 3.0f;
    const Bfloat16 scale = to_bfloat16(-2.0f);
    float out = NAN;
    planes.estimate(&code, &add, &scale, 1, 1.0f, &out);
    EXPECT_EQ(out, 4.0f);
}

}  // namespace
}  // namespace vectidx
