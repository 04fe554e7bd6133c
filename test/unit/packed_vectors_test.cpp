// The distances by which a build compares vectors, against exact ones.
#include "core/construct/packed_vectors.hpp"

#include <gtest/gtest.h>

#include "support/graph.hpp"
#include "support/operator_distance.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::MallocArena;
using test::Vectors;

// Rows of a data set in a space that suits it.
struct Set {
    Vectors vectors;
    test::SpaceFor space_for;
    NodeLayout layout;
    MallocArena arena;
    Rows rows;

    Set(Metric metric, Vectors v)
        : vectors(std::move(v)),
          space_for(metric, vectors),
          layout(test::layout_of(choose_layout(static_cast<uint32_t>(vectors.d), 8))),
          rows(layout, arena.arena()) {
        std::vector<float> rotated(layout.padded);
        std::vector<int16_t> values(layout.words);
        for (size_t i = 0; i < vectors.n; ++i) {
            const RotatedVector p =
                space().prepare(VectorView(vectors[i]), VectorBuffer(rotated.data()));
            const float scale = fixed_encode(p.rotated.floats(), layout.padded, values.data());
            rows.add({values.data(), scale, p.norm2, p.source_checksum, 0}, test::tid_of(i));
        }
    }
    const VectorSpace& space() const { return space_for.space(); }
    std::vector<float> decoded(uint32_t i) const {
        std::vector<int16_t> values(layout.words);
        std::vector<float> out(layout.padded);
        rows.values(i, values.data());
        fixed_decode(values.data(), rows.row(i).scale, layout.padded, out.data());
        return out;
    }
};

// The edge of two rows as the metric defines it.
double edge(const Set& s, uint32_t a, uint32_t b) {
    const Metric metric = s.space().keys().metric();
    const double distance =
        test::operator_distance(metric, s.vectors[a], s.vectors[b], s.vectors.d);
    if (metric == Metric::L2) return distance * distance;
    if (metric == Metric::Cosine) return 2.0 * distance;
    return static_cast<double>(s.space().keys().max_norm2()) + distance;
}

constexpr Metric kMetrics[] = {Metric::L2, Metric::InnerProduct, Metric::Cosine};

class PackedVectorsTest : public ::testing::TestWithParam<Metric> {};

TEST_P(PackedVectorsTest, AreAsExactAsTheirForm) {
    for (size_t d : {3u, 64u, 65u, 128u, 768u})
        test::for_each_target([&] {
            const Set s(GetParam(), test::clustered(60, d, d));
            MallocArena arena;
            const PackedVectors packed(s.rows, s.space(), s.layout.padded, arena.arena());
            // Of the squared lengths involved: bytes round by .4 % of the vectors' length.
            const double size = edge(s, 0, 1) + edge(s, 1, 2) + edge(s, 2, 3);
            const double exactness = d <= 64 ? 1e-4 : 0.01;
            std::vector<uint64_t> a(packed.size() / 8 + 1), b(a);
            for (uint32_t i = 0; i < 60; i += 7)
                for (uint32_t k = 0; k < 60; ++k) {
                    packed.write(i, a.data());
                    packed.write(k, b.data());
                    const double want = edge(s, i, k);
                    const float got = packed.distance(a.data(), b.data());
                    EXPECT_NEAR(got, want, exactness * size) << d;
                    EXPECT_NEAR(got, packed.distance(b.data(), a.data()), 1e-6 * size);
                    EXPECT_EQ(got, packed.distance_to(a.data(), k));
                    EXPECT_EQ(got, packed.distance_fn()(a.data(), b.data(), &packed));
                    const KeySpace& keys = s.space().keys();
                    const float distance2 =
                        keys.distance2(VectorView(s.decoded(i).data()),
                                       VectorView(s.decoded(k).data()), s.layout.padded);
                    EXPECT_NEAR(keys.edge(distance2, s.rows.row(i).norm2, s.rows.row(k).norm2),
                                want, 1e-4 * size);
                }
        });
}

TEST_P(PackedVectorsTest, OfSomeRowsAreThoseOfTheRows) {
    for (size_t d : {3u, 128u}) {
        const Set s(GetParam(), test::clustered(60, d, d));
        MallocArena arena;
        const PackedVectors packed(s.rows, s.space(), s.layout.padded, arena.arena());
        const NodeId rows[] = {7, 3, 59};
        const PackedVectors some = packed.sample(rows);
        ASSERT_EQ(some.size(), packed.size());
        std::vector<uint64_t> a(packed.size() / 8 + 1), b(a);
        for (uint32_t i = 0; i < 3; ++i) {
            some.write(i, a.data());
            packed.write(rows[i], b.data());
            EXPECT_EQ(a, b);
            EXPECT_EQ(some.checksum(i), packed.checksum(rows[i]));
            EXPECT_EQ(&some.terms(i), &packed.terms(rows[i]));
            for (uint32_t k = 0; k < 3; ++k)
                EXPECT_EQ(some.distance_to(a.data(), k), packed.distance_to(b.data(), rows[k]));
        }
    }
}

// What the graph needs: the nearest by packed vectors are the nearest.
TEST_P(PackedVectorsTest, OrderNeighborsLikeTheMetric) {
    const Set s(GetParam(), test::clustered(500, 200, 1));
    MallocArena arena;
    const PackedVectors packed(s.rows, s.space(), s.layout.padded, arena.arena());
    std::vector<uint64_t> a(packed.size() / 8 + 1);
    int agree = 0;
    for (uint32_t i = 0; i < 50; ++i) {
        packed.write(i, a.data());
        uint32_t by_element = 1000, by_metric = 1000;
        double least_element = 1e300, least = 1e300;
        for (uint32_t k = 0; k < 500; ++k) {
            if (k == i) continue;
            const double e = packed.distance_to(a.data(), k), m = edge(s, i, k);
            if (e < least_element) least_element = e, by_element = k;
            if (m < least) least = m, by_metric = k;
        }
        agree += by_element == by_metric;
    }
    EXPECT_GE(agree, 45);
}

TEST_P(PackedVectorsTest, TakeSixteenBytesPerRowBesideTheRows) {
    const Set s(GetParam(), test::gaussian(100, 128, 1));
    MallocArena arena;
    const PackedVectors packed(s.rows, s.space(), s.layout.padded, arena.arena());
    EXPECT_EQ(arena.in_use(), 1600u);
    EXPECT_LE(packed.size(), 128u + 64u);
}

// Rows of bit strings: a packed vector is the string, and an edge is the kernel's.
TEST(PackedBitStringsTest, AreTheStringsThemselves) {
    for (Metric metric : {Metric::Hamming, Metric::Jaccard})
        for (uint32_t d : {1u, 32u, 100u, 1000u}) {
            Vectors v = test::clustered_bits(40, d, 1);
            if (d > 1) std::fill_n(v[3], d, 0.0f);
            const test::Graph graph(metric, v, test::with_form(d, 4, test::kBinarySplit),
                                    {4, 20, 1});
            const PackedVectors& packed = graph.packed();
            const KeySpace& keys = graph.space().keys();
            EXPECT_LE(packed.size(), graph.layout().padded + 16u);
            std::vector<uint64_t> a(packed.size() / 8 + 1), b(a);
            test::for_each_target([&] {
                for (uint32_t i = 0; i < graph.rows().size(); i += 3)
                    for (uint32_t k = 0; k < graph.rows().size(); ++k) {
                        const size_t x = test::row_of(graph.rows().row(i).tid);
                        const size_t y = test::row_of(graph.rows().row(k).tid);
                        packed.write(i, a.data());
                        packed.write(k, b.data());
                        const float want = keys.bit_key(test::view_of(metric, v[x]).bits(),
                                                        test::view_of(metric, v[y]).bits(), d);
                        EXPECT_EQ(packed.distance(a.data(), b.data()), want);
                        EXPECT_EQ(packed.distance_to(a.data(), k), want);
                        EXPECT_EQ(packed.distance_fn()(a.data(), b.data(), &packed), want);
                        EXPECT_TRUE(i != k || want == 0.0f);
                    }
            });
        }
}

INSTANTIATE_TEST_SUITE_P(Metrics, PackedVectorsTest, ::testing::ValuesIn(kMetrics));

}  // namespace
}  // namespace vectidx
