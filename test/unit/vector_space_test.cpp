// Space and KeySpace: keys against the distances of the operators.
#include "core/transform/vector_space.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/checksum.hpp"
#include "core/simd/float_kernels.hpp"

#include "support/data.hpp"
#include "support/malloc_arena.hpp"
#include "support/operator_distance.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::MallocArena;
using test::Vectors;

double distance2(const float* a, const float* b, size_t n) {
    double sum = 0;
    for (size_t j = 0; j < n; ++j)
        sum += std::pow(static_cast<double>(a[j]) - static_cast<double>(b[j]), 2);
    return sum;
}

// Rotated vectors, with the memory that they are in.
struct Row : RotatedVector {
    std::vector<float> memory;
    Row(const VectorSpace& space, const float* x) : memory(space.padded()) {
        static_cast<RotatedVector&>(*this) =
            space.prepare(test::view_of(space.keys().metric(), x), VectorBuffer(memory.data()));
    }
};
struct Query : RotatedQuery {
    std::vector<float> memory;
    Query(const VectorSpace& space, const float* x) : memory(space.padded()) {
        static_cast<RotatedQuery&>(*this) = space.prepare_query(
            test::view_of(space.keys().metric(), x), VectorBuffer(memory.data()));
    }
};

double key_of(const Query& q, const Row& x, size_t padded) {
    return distance2(q.memory.data(), x.memory.data(), padded) + static_cast<double>(q.shift) -
           static_cast<double>(x.norm2);
}

constexpr Metric kMetrics[] = {Metric::L2, Metric::InnerProduct, Metric::Cosine};

struct Case {
    Metric metric;
    bool centered;
};

class VectorSpaceTest : public ::testing::TestWithParam<Case> {
  protected:
    // Vectors that are not centered at zero and whose lengths differ.
    static Vectors data(size_t n, size_t d, uint64_t seed) {
        Vectors v = test::gaussian(n, d, seed);
        Random random(seed + 1);
        for (size_t i = 0; i < n; ++i) {
            const auto size = static_cast<float>(0.5 + test::uniform(random));
            for (size_t j = 0; j < d; ++j)
                v[i][j] = size * (v[i][j] + 0.3f);
        }
        return v;
    }
    static float largest_norm2(const Vectors& v) {
        double largest = 0;
        const std::vector<float> zero(v.d);
        for (size_t i = 0; i < v.n; ++i)
            largest = std::max(largest, distance2(v[i], zero.data(), v.d));
        return static_cast<float>(largest);
    }
    VectorSpace space_for(const Vectors& v, MallocArena& arena) {
        const auto [metric, centered] = GetParam();
        center_.assign(v.d, metric == Metric::Cosine ? 0.02f : 0.3f);
        const float norm2 = metric == Metric::InnerProduct ? largest_norm2(v) : 0.0f;
        return {metric, v.d, 42, centered ? center_.data() : nullptr, norm2, arena.arena()};
    }
    std::vector<float> center_;
};

TEST_P(VectorSpaceTest, KeysGiveTheOperatorsDistance) {
    for (size_t d : {1u, 2u, 3u, 10u, 100u, 768u}) {
        MallocArena arena;
        const Vectors v = data(50, d, d), queries = data(20, d, d + 50);
        const VectorSpace space = space_for(v, arena);
        for (size_t q = 0; q < queries.n; ++q) {
            const Query query(space, queries[q]);
            EXPECT_FALSE(query.scaled_down);
            for (size_t i = 0; i < v.n; ++i) {
                const Row row(space, v[i]);
                const double key = key_of(query, row, space.padded());
                const double got = space.keys().operator_distance(query, static_cast<float>(key));
                const double want = test::operator_distance(GetParam().metric, queries[q], v[i], d);
                const double size = GetParam().metric == Metric::Cosine
                                        ? 1.0
                                        : std::sqrt(distance2(queries[q], v[i], d)) + 10.0;
                EXPECT_NEAR(got, want, 2e-5 * size * std::max(1.0, size)) << d;
            }
        }
    }
}

TEST_P(VectorSpaceTest, IntervalsHoldTheOperatorsDistance) {
    for (size_t d : {1u, 3u, 64u, 300u}) {
        MallocArena arena;
        Vectors v = data(100, d, d);
        const Vectors queries = v;  // with themselves among the rows: distances of zero
        const VectorSpace space = space_for(v, arena);
        for (size_t q = 0; q < queries.n; q += 9) {
            const Query query(space, queries[q]);
            for (size_t i = 0; i < v.n; ++i) {
                const Row row(space, v[i]);
                const KeyInterval range = space.keys().interval(
                    query, static_cast<float>(key_of(query, row, space.padded())), row.norm2, 0.0f);
                const double want = test::operator_distance(GetParam().metric, queries[q], v[i], d);
                EXPECT_LE(space.keys().operator_distance(query, range.low), want);
                EXPECT_GE(space.keys().operator_distance(query, range.high), want);
            }
        }
    }
}

TEST_P(VectorSpaceTest, PreparesTheSameBitsOnEveryTarget) {
    for (size_t d : {5u, 100u, 1000u}) {
        MallocArena arena;
        const Vectors v = data(3, d, 1);
        std::vector<float> first, first_query;
        test::for_each_target([&] {
            const VectorSpace space = space_for(v, arena);
            const Row row(space, v[1]);
            const Query query(space, v[2]);
            if (first.empty()) first = row.memory;
            if (first_query.empty()) first_query = query.memory;
            EXPECT_EQ(std::memcmp(first.data(), row.memory.data(), 4 * space.padded()), 0);
            EXPECT_EQ(std::memcmp(first_query.data(), query.memory.data(), 4 * space.padded()), 0);
        });
    }
}

// A stored vector taken as a query is that vector as a query.
TEST_P(VectorSpaceTest, MakesAQueryOfAStoredVector) {
    MallocArena arena;
    const Vectors v = data(30, 100, 1);
    const VectorSpace space = space_for(v, arena);
    for (size_t i = 0; i < v.n; ++i) {
        const Row row(space, v[i]);
        const Query query(space, v[i]);
        std::vector<float> out(space.padded());
        const RotatedQuery stored =
            space.query_from_stored(row.rotated, row.norm2, VectorBuffer(out.data()));
        EXPECT_NEAR(std::sqrt(distance2(out.data(), query.memory.data(), space.padded())), 0.0,
                    1e-4 * std::sqrt(static_cast<double>(query.norm2)));
        EXPECT_NEAR(stored.norm2, query.norm2, 1e-4 * static_cast<double>(query.norm2));
        EXPECT_EQ(stored.shift, query.shift);
    }
}

TEST_P(VectorSpaceTest, TellsWhatItCannotMeasure) {
    MallocArena arena;
    Vectors v = data(8, 10, 1);
    const VectorSpace space = space_for(v, arena);
    const Metric metric = GetParam().metric;
    const std::vector<float> zero(10, 0.0f), huge(10, 1e30f), tiny(10, 1e-30f);
    EXPECT_EQ(Row(space, zero.data()).usable, metric != Metric::Cosine);
    EXPECT_TRUE(Row(space, tiny.data()).usable);
    EXPECT_TRUE(Row(space, huge.data()).usable);
    EXPECT_EQ(Row(space, huge.data()).scaled_down, metric != Metric::Cosine);
    EXPECT_EQ(Query(space, huge.data()).scaled_down, metric == Metric::L2);
    for (const auto& x : {zero, huge, tiny}) {
        const Row row(space, x.data());
        const Query query(space, x.data());
        for (size_t j = 0; j < space.padded(); ++j) {
            EXPECT_TRUE(std::isfinite(row.memory[j]));
            EXPECT_TRUE(std::isfinite(query.memory[j]));
        }
        EXPECT_TRUE(std::isfinite(row.norm2));
        EXPECT_TRUE(std::isfinite(query.norm2));
        const double key = key_of(query, Row(space, v[0]), space.padded());
        EXPECT_FALSE(std::isnan(space.keys().operator_distance(query, static_cast<float>(key))));
    }
}

// The length of an edge orders pairs of rows as the metric does.
TEST_P(VectorSpaceTest, EdgesFollowTheMetric) {
    MallocArena arena;
    const Vectors v = data(30, 20, 1);
    const VectorSpace space = space_for(v, arena);
    const Row a(space, v[0]);
    std::vector<std::pair<double, double>> pairs;
    for (size_t i = 1; i < v.n; ++i) {
        const Row b(space, v[i]);
        const auto square =
            static_cast<float>(distance2(a.memory.data(), b.memory.data(), space.padded()));
        pairs.emplace_back(test::operator_distance(GetParam().metric, v[0], v[i], 20),
                           space.keys().edge(square, a.norm2, b.norm2));
    }
    std::sort(pairs.begin(), pairs.end());
    for (size_t i = 1; i < pairs.size(); ++i)
        EXPECT_GE(pairs[i].second, pairs[i - 1].second - 1e-4);
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (Metric metric : kMetrics)
        for (bool centered : {false, true})
            all.push_back({metric, centered});
    return all;
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
    const char* names[] = {"", "L2", "InnerProduct", "Cosine"};
    return std::string(names[static_cast<int>(info.param.metric)]) +
           (info.param.centered ? "Centered" : "");
}

INSTANTIATE_TEST_SUITE_P(Metrics, VectorSpaceTest, ::testing::ValuesIn(cases()), name_of);

// ---- bit strings

constexpr Metric kBitMetrics[] = {Metric::Hamming, Metric::Jaccard};
constexpr size_t kByteCounts[] = {1, 3, 32, 64, 100, 512, 513, 8000};

// Whether `out` holds the string, and zeros up to `padded` bytes.
bool holds(const float* out, const float* string, size_t d, size_t padded) {
    std::vector<uint8_t> want(padded), got(padded);
    std::memcpy(want.data(), string, d);
    std::memcpy(got.data(), out, padded);
    return want == got;
}

TEST(BitSpaceTest, LeavesStringsAsTheyAre) {
    for (Metric metric : kBitMetrics)
        for (size_t d : kByteCounts) {
            MallocArena arena;
            const VectorSpace space(metric, d, 42, nullptr, 0.0f, arena.arena());
            const Vectors v = test::clustered_bits(5, d, d);
            const size_t padded = space.padded();
            EXPECT_EQ(padded, (d + 63) / 64 * 64);
            for (size_t i = 0; i < v.n; ++i) {
                std::vector<float> out(padded, 1e30f);
                const VectorView given = test::view_of(metric, v[i]);
                const VectorBuffer buffer(out.data());
                const RotatedVector x = space.prepare(given, buffer);
                EXPECT_EQ(x.rotated, VectorView(buffer));
                EXPECT_TRUE(holds(out.data(), v[i], d, padded));
                EXPECT_EQ(x.source_checksum, checksum32(v[i], d, 0));
                EXPECT_EQ(x.norm2, 0.0f);
                EXPECT_TRUE(x.usable);
                EXPECT_FALSE(x.scaled_down);
                std::vector<float> q(padded, 1e30f), stored(padded, 1e30f);
                EXPECT_FALSE(space.prepare_query(given, VectorBuffer(q.data())).scaled_down);
                EXPECT_TRUE(holds(q.data(), v[i], d, padded));
                EXPECT_EQ(space.query_for_node(buffer).rotated, VectorView(buffer));
                const VectorBuffer copy(stored.data());
                EXPECT_EQ(space.query_from_stored(buffer, 0.0f, copy).rotated, VectorView(copy));
                EXPECT_TRUE(holds(stored.data(), v[i], d, padded));
            }
        }
}

// A key is the operator's distance, but for a pair without a common bit, and the tail counts for
// nothing. The interval holds it, and is a point where single precision tells all distances apart.
TEST(BitSpaceTest, KeysGiveTheOperatorsDistance) {
    for (Metric metric : kBitMetrics)
        for (size_t d : kByteCounts)
            test::for_each_target([&] {
                MallocArena arena;
                const VectorSpace space(metric, d, 42, nullptr, 0.0f, arena.arena());
                const KeySpace& keys = space.keys();
                Vectors v = test::clustered_bits(20, d, d);
                std::fill_n(v[0], d, 0.0f);
                for (size_t a = 0; a < v.n; ++a)
                    for (size_t b = 0; b < v.n; ++b) {
                        const Query query(space, v[a]);
                        const Row row(space, v[b]);
                        const double want = test::operator_distance(metric, v[a], v[b], d);
                        const float key =
                            keys.bit_key(query.rotated.bits(), row.rotated.bits(), space.padded());
                        const VectorView x = test::view_of(metric, v[a]);
                        const VectorView y = test::view_of(metric, v[b]);
                        EXPECT_EQ(key, keys.bit_key(x.bits(), y.bits(), d));
                        EXPECT_EQ(key, keys.bit_key(y.bits(), x.bits(), d));
                        EXPECT_EQ(key, keys.distance2(x, y, d));
                        EXPECT_EQ(key, keys.edge(key, row.norm2, row.norm2));
                        const bool same = test::bits_of(v, a) == test::bits_of(v, b);
                        EXPECT_EQ(key, same ? 0.0f : static_cast<float>(want)) << a << " " << b;
                        const KeyInterval range = keys.interval(query, key, row.norm2, 0.0f);
                        EXPECT_LE(keys.operator_distance(query, range.low), want);
                        const bool point = metric == Metric::Hamming || d <= 512;
                        EXPECT_EQ(range.low == range.high, point);
                        if (key > 0.0f && !point) {
                            EXPECT_LT(static_cast<double>(range.low), want);
                            EXPECT_GT(static_cast<double>(range.high), want);
                        }
                    }
            });
}

}  // namespace
}  // namespace vectidx
