#include "core/graph/back_link.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::Vectors;

constexpr uint32_t kDims = 128;
constexpr uint32_t kDegree = 8;

double distance2(const float* a, const float* b) {
    double sum = 0;
    for (uint32_t j = 0; j < kDims; ++j)
        sum += std::pow(static_cast<double>(a[j]) - static_cast<double>(b[j]), 2);
    return sum;
}

float norm2(const float* x) {
    const std::vector<float> zero(kDims);
    return static_cast<float>(distance2(x, zero.data()));
}

// A node at the first of the vectors with the others as its neighbors; the last one applies.
struct Neighborhood {
    NodeLayout layout =
        test::layout_of({kDims, kDegree, kDims, 1, VectorPlacement::Inline, Storage::Half});
    Vectors vectors;
    KeySpace keys;
    std::vector<uint64_t> bytes;
    uint64_t code[kDims / 64];
    Applicant applicant{};

    Neighborhood(Metric metric, Vectors v, uint32_t neighbors)
        : vectors(std::move(v)), keys(metric, 1000.0f), bytes(layout.slot_size / 8) {
        const std::vector<int16_t> values(layout.padded);
        const HeapTid tid{};
        NewNode node{};
        node.values = values.data();
        node.tids = &tid;
        node.tid_count = 1;
        node.norm2 = norm2_of(0);
        NodeSlot(layout, bytes.data()).init(node);
        for (uint32_t k = 0; k < neighbors; ++k)
            link(k, k + 1, false, false);
        applicant.distance2 = static_cast<float>(distance2(vectors[0], last()));
        applicant.norm2 = norm2_of(vectors.n - 1);
        applicant.code = code;
        encode(vectors.n - 1, code);
    }
    float norm2_of(size_t i) const {
        return keys.metric() == Metric::InnerProduct ? norm2(vectors[i]) : 0.0f;
    }
    const float* last() const { return vectors[vectors.n - 1]; }
    NeighborTerms encode(size_t i, uint64_t* out) {
        return encode_neighbor(vectors[0], vectors[i], kDims, kDims, norm2_of(0) - norm2_of(i),
                               out);
    }
    void link(uint32_t k, size_t i, bool backfilled, bool tree_edge) {
        uint64_t bits[kDims / 64];
        const NeighborTerms terms = encode(i, bits);
        NodeSlot(layout, bytes.data())
            .set_link(k, {static_cast<NodeId>(i), terms, backfilled, tree_edge}, bits);
    }
    NodeSlot slot() { return {layout, bytes.data()}; }
    uint32_t choose(bool must) {
        return choose_position(slot(), keys, VectorView(vectors[0]), nullptr, applicant, must);
    }
    double length(uint32_t k) const { return distance2(vectors[0], vectors[k + 1]); }
};

// A node at the origin; neighbor k at distance 10 + (k + 1) / 10, in directions of their own.
Vectors apart(uint32_t count, double applicant_distance) {
    Vectors v(count + 2, kDims);
    const Vectors g = test::gaussian(count + 2, kDims, 9);
    for (size_t i = 1; i < v.n; ++i) {
        const double distance =
            i == v.n - 1 ? applicant_distance : 10.0 + 0.1 * static_cast<double>(i);
        const double size = std::sqrt(static_cast<double>(norm2(g[i])));
        for (uint32_t j = 0; j < kDims; ++j)
            v[i][j] = static_cast<float>(static_cast<double>(g[i][j]) * distance / size);
    }
    return v;
}

constexpr Metric kMetrics[] = {Metric::L2, Metric::InnerProduct, Metric::Cosine};

TEST(BackLinkTest, AppendsWhileThereIsRoom) {
    for (Metric metric : kMetrics)
        for (uint32_t count = 0; count < kDegree; ++count) {
            Neighborhood n(metric, apart(count, 12.0), count);
            EXPECT_EQ(n.choose(false), count);
        }
}

TEST(BackLinkTest, ReplacesTheLongestBackfilledNeighbor) {
    Neighborhood n(Metric::L2, apart(kDegree, 9.5), kDegree);
    n.link(2, 3, true, false);
    n.link(5, 6, true, false);
    n.link(1, 2, true, false);
    EXPECT_EQ(n.choose(false), 5u);
    n.link(5, 6, true, true);  // a spanning-tree edge stays, backfilled or not
    EXPECT_EQ(n.choose(false), 2u);
}

// All in directions of their own, so that nothing is pruned: the longest goes.
TEST(BackLinkTest, EvictsTheLongestWhereNothingIsPruned) {
    Neighborhood near(Metric::L2, apart(kDegree, 9.5), kDegree);
    EXPECT_EQ(near.choose(false), kDegree - 1);
    near.link(kDegree - 1, kDegree, false, true);
    EXPECT_EQ(near.choose(false), kDegree - 2);
    Neighborhood far(Metric::L2, apart(kDegree, 12.0), kDegree);
    EXPECT_EQ(far.choose(false), kNoPosition);
    EXPECT_EQ(far.choose(true), kDegree - 1);
}

// Neighbor 3 stands close behind neighbor 1: the heuristic prunes it, though 7 is longer.
TEST(BackLinkTest, EvictsWhatTheHeuristicPrunes) {
    for (float size : {1e-12f, 1.0f, 1e12f}) {
        Vectors v = apart(kDegree, 9.5);
        for (uint32_t j = 0; j < kDims; ++j)
            v[4][j] = 1.02f * v[2][j];
        for (float& x : v.values)
            x *= size;
        Neighborhood n(Metric::L2, v, kDegree);
        EXPECT_EQ(n.choose(false), 3u) << size;
        n.link(3, 4, false, true);
        EXPECT_EQ(n.choose(false), kDegree - 1);
    }
}

// The applicant itself stands behind a neighbor.
TEST(BackLinkTest, RefusesAPrunedApplicant) {
    Vectors v = apart(kDegree, 9.5);
    for (uint32_t j = 0; j < kDims; ++j)
        v[kDegree + 1][j] = 1.2f * v[1][j];
    Neighborhood n(Metric::L2, v, kDegree);
    EXPECT_EQ(n.choose(false), kNoPosition);
    EXPECT_EQ(n.choose(true), kDegree - 1);
}

TEST(BackLinkTest, NeverEvictsASpanningTreeEdge) {
    Random random(3);
    for (Metric metric : kMetrics)
        for (int round = 0; round < 300; ++round) {
            Neighborhood n(metric, test::gaussian(kDegree + 2, kDims, random.next()), kDegree);
            uint32_t tree_edges = 0;
            for (uint32_t k = 0; k < kDegree; ++k) {
                const bool tree_edge = random.below(4) != 0;
                tree_edges += tree_edge;
                n.link(k, k + 1, random.below(3) == 0, tree_edge);
            }
            for (bool must : {false, true}) {
                const uint32_t position = n.choose(must);
                if (position == kNoPosition) {
                    EXPECT_TRUE(!must || tree_edges == kDegree);
                } else {
                    EXPECT_LT(position, kDegree);
                    EXPECT_FALSE(n.slot().tree_edge(position));
                }
            }
        }
}

// Whatever stands on a damaged page, the answer is a position or none.
TEST(BackLinkTest, SurvivesDamagedTerms) {
    Random random(3);
    for (Metric metric : kMetrics)
        for (int round = 0; round < 3000; ++round) {
            Neighborhood n(metric, test::gaussian(kDegree + 2, kDims, 1), kDegree);
            NodeSlot slot = n.slot();
            // Codes, ids, terms and flags are between the header and the own vector, and after it.
            auto* bytes = reinterpret_cast<uint8_t*>(n.bytes.data());
            for (int k = 0; k < 40; ++k)
                bytes[n.layout.codes_at + random.below(n.layout.own_at - n.layout.codes_at)] =
                    static_cast<uint8_t>(round % 2 == 0 ? random.next() : 0xFF);
            bytes[n.layout.tree_edges_at] = static_cast<uint8_t>(random.next());
            if (round % 3 == 0) slot.header().norm2 = 3.4e38f;
            const uint32_t position = n.choose(round % 5 == 0);
            EXPECT_TRUE(position == kNoPosition || position < kDegree);
        }
}

}  // namespace
}  // namespace vectidx
