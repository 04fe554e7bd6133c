// Inserts one by one: into an empty graph, into a built one, and of equal vectors.
#include "core/graph/insert.hpp"

#include <gtest/gtest.h>
#include <set>

#include "support/graph_case.hpp"
#include "support/graph_check.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::GraphCase;
using test::Scan;
using test::Scanner;
using test::Vectors;

constexpr GraphCase kCases[] = {
    {Metric::L2, 100, VectorPlacement::Inline, "L2Inline"},
    {Metric::L2, 100, VectorPlacement::Split, "L2Split"},
    {Metric::L2, 100, VectorPlacement::OutOfLine, "L2OutOfLine"},
    {Metric::InnerProduct, 100, VectorPlacement::Inline, "InnerProductInline"},
    {Metric::InnerProduct, 100, VectorPlacement::Split, "InnerProductSplit"},
    {Metric::InnerProduct, 100, VectorPlacement::OutOfLine, "InnerProductOutOfLine"},
    {Metric::Cosine, 100, VectorPlacement::Inline, "CosineInline"},
    {Metric::Cosine, 100, VectorPlacement::Split, "CosineSplit"},
    {Metric::L2, 3, VectorPlacement::Inline, "L2FewDimensions"},
    {Metric::L2, 100, {VectorPlacement::Split, Storage::Sq8}, "L2Sq8"},
    {Metric::Cosine, 100, {VectorPlacement::Inline, Storage::Full}, "CosineFull"},
    {Metric::L2, 100, {VectorPlacement::Inline, Storage::Half, false}, "L2Bare"},
    {Metric::L2, 100, test::kCompact, "L2Compact"},
    {Metric::InnerProduct, 100, test::kCompact, "InnerProductCompact"},
    {Metric::Cosine, 100, {VectorPlacement::OutOfLine, Storage::Full, false}, "CosineBareFull"},
    {Metric::Hamming, 32, test::kBinarySplit, "Hamming"},
    {Metric::Hamming, 100, test::kBinaryOutOfLine, "HammingOutOfLine"},
    {Metric::Jaccard, 100, test::kBinarySplit, "Jaccard"},
    {Metric::Jaccard, 32, test::kBinaryOutOfLine, "JaccardOutOfLine"},
};

void expect_sound(Graph& graph) {
    EXPECT_EQ(test::fault_in_lists(graph.store()), "");
    EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
}

class InsertTest : public ::testing::TestWithParam<GraphCase> {
  protected:
    static constexpr uint32_t kM = 12;
    static Vectors data(size_t n, uint64_t seed) {
        return test::clustered_for(GetParam().metric, n, GetParam().dims, seed);
    }
    LayoutChoice choice() const { return test::with_form(GetParam().dims, kM, GetParam().form); }
    // The first `built` of the vectors by a build, the others by inserts.
    Graph& make(const Vectors& v, size_t built) {
        Vectors first(built, v.d);
        std::copy_n(v.values.data(), built * v.d, first.values.data());
        graph_ = std::make_unique<Graph>(GetParam().metric, first, choice(),
                                         test::BuildParams{kM, 80, 1});
        for (size_t i = built; i < v.n; ++i)
            graph_->insert(v[i], i, kM, 64);
        return *graph_;
    }
    std::unique_ptr<Graph> graph_;
};

TEST_P(InsertTest, GrowsAGraphFromNothing) {
    const Vectors v = data(1200, 1);
    const Vectors q = data(40, 2);
    // The space of an index on an empty table: no center, and for inner product no largest norm.
    Graph& graph = make(v, 0);
    EXPECT_EQ(graph.store().size(), 1200u);
    expect_sound(graph);
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.epsilon = 0.15f;
    EXPECT_GE(scanner.recall(q, 10), 0.94);
    EXPECT_EQ(scanner.run(q[0], SIZE_MAX).rows.size(), 1200u);
}

TEST_P(InsertTest, ExtendsABuiltGraph) {
    const Vectors v = data(1500, 1);
    const Vectors q = data(40, 2);
    Graph& graph = make(v, 1000);
    expect_sound(graph);
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.epsilon = 0.15f;
    EXPECT_GE(scanner.recall(q, 10), 0.94);
    EXPECT_EQ(scanner.run(q[0], SIZE_MAX).rows.size(), 1500u);
}

// Every row again, in another order: no new node, and one TID more for each.
TEST_P(InsertTest, AddsEqualVectorsToTheirNodes) {
    const Vectors v = data(600, 1);
    Graph& graph = make(v, 300);
    const uint32_t nodes = graph.store().size();
    for (size_t i = v.n; i-- > 0;)
        graph.insert(v[i], v.n + i, kM, 64);
    EXPECT_EQ(graph.store().size(), nodes);
    expect_sound(graph);
    Vectors twice(2 * v.n, v.d);
    std::copy(v.values.begin(), v.values.end(), twice.values.begin());
    std::copy(v.values.begin(), v.values.end(), twice[v.n]);
    Scanner scanner(graph.store(), graph.space(), twice);
    EXPECT_EQ(scanner.run(v[0], SIZE_MAX).rows.size(), 2 * v.n);
}

// One vector many times, a short one where length counts.
TEST_P(InsertTest, KeepsAFrequentVectorFromFillingTheGraph) {
    Vectors v = data(500, 1);
    for (size_t j = 0; j < v.d; ++j)
        v[499][j] *= 0.2f;
    Graph& graph = make(v, 250);
    const uint32_t nodes = graph.store().size();
    for (size_t i = 0; i < 3000; ++i)
        graph.insert(v[499], 1000 + i, kM, 64);
    EXPECT_EQ(graph.store().size(), nodes);
    expect_sound(graph);
}

INSTANTIATE_TEST_SUITE_P(Cases, InsertTest, ::testing::ValuesIn(kCases), test::case_name);

// Vectors that differ by less than the traversal copy can tell: equal ones must be found still.
TEST(InsertHardTest, TellsEqualVectorsFromNearlyEqualOnes) {
    Vectors v = test::gaussian(400, 100, 1);
    for (size_t i = 1; i < 40; ++i)
        for (size_t j = 0; j < v.d; ++j)
            v[i][j] = v[0][j] * (1.0f + 1e-3f * static_cast<float>(i % 7)) + 1e-3f * v[i][j];
    for (test::NodeForm form : test::kForms) {
        Graph graph(Metric::L2, v, test::with_form(100, 12, form), {12, 80, 1});
        ASSERT_EQ(graph.store().size(), 400u);
        for (size_t i = 0; i < 40; ++i)
            graph.insert(v[i], 1000 + i, 12, 64);
        EXPECT_EQ(graph.store().size(), 400u);
    }
}

// Without a set bit, too: between two such strings a Jaccard distance is one, but they are equal.
TEST(InsertHardTest, AddsBitStringsWithoutASetBitToOneNode) {
    Vectors v = test::clustered_bits(200, 32, 1);
    for (size_t row : {5u, 150u, 199u})
        std::fill_n(v[row], 32, 0.0f);
    for (Metric metric : {Metric::Hamming, Metric::Jaccard})
        for (test::NodeForm form : test::kBinaryForms)
            for (size_t built : {0u, 100u}) {
                Vectors first(built, 32);
                std::copy_n(v.values.data(), first.values.size(), first.values.data());
                Graph graph(metric, first, test::with_form(32, 12, form), {12, 80, 1});
                for (size_t i = built; i < v.n; ++i)
                    graph.insert(v[i], i, 12, 64);
                EXPECT_EQ(graph.store().size(), 198u);
                expect_sound(graph);
                Scanner scanner(graph.store(), graph.space(), v);
                EXPECT_EQ(scanner.run(v[5], SIZE_MAX).rows.size(), 200u);
            }
}

// A string is as exact on Traversal pages, in pieces, as in the slot: the lists are the same.
TEST(InsertHardTest, LinksBitStringsAlikeInEveryForm) {
    const Vectors v = test::clustered_bits(400, 100, 1), none(0, 100);
    for (Metric metric : {Metric::Hamming, Metric::Jaccard}) {
        Graph in_slot(metric, none, test::with_form(100, 6, test::kBinarySplit), {6, 40, 1});
        Graph out_of_line(metric, none, test::with_form(100, 6, test::kBinaryOutOfLine),
                          {6, 40, 1});
        for (size_t i = 0; i < v.n; ++i) {
            in_slot.insert(v[i], i, 6, 40);
            out_of_line.insert(v[i], i, 6, 40);
        }
        ASSERT_EQ(in_slot.store().size(), out_of_line.store().size());
        for (NodeId id = 0; id < in_slot.store().size(); ++id) {
            const NodeView a = in_slot.store().view(id), b = out_of_line.store().view(id);
            ASSERT_EQ(std::vector<NodeId>(a.ids(), a.ids() + a.degree()),
                      std::vector<NodeId>(b.ids(), b.ids() + b.degree()))
                << id;
        }
    }
}

// Strings of two bytes: many equal ones, and ties between almost all others.
TEST(InsertHardTest, TakesTheShortestBitStrings) {
    const Vectors v = test::clustered_bits(1000, 2, 1);
    std::set<std::vector<uint8_t>> distinct;
    for (size_t i = 0; i < v.n; ++i)
        distinct.insert(test::bits_of(v, i));
    for (Metric metric : {Metric::Hamming, Metric::Jaccard}) {
        Graph graph(metric, Vectors(0, 2), test::with_form(2, 8, test::kBinarySplit), {8, 40, 1});
        for (size_t i = 0; i < v.n; ++i)
            graph.insert(v[i], i, 8, 40);
        EXPECT_EQ(graph.store().size(), distinct.size());
        expect_sound(graph);
        Scanner scanner(graph.store(), graph.space(), v);
        EXPECT_EQ(scanner.run(v[0], SIZE_MAX).rows.size(), 1000u);
    }
}

TEST(InsertHardTest, RevivesATombstone) {
    const Vectors v = test::gaussian(100, 20, 1);
    Graph graph(Metric::L2, v, test::with_form(20, 6, VectorPlacement::Split), {6, 40, 1});
    graph.store().remove_tids(7);
    graph.insert(v[7], 7, 6, 40);
    EXPECT_EQ(graph.store().size(), 100u);
    EXPECT_TRUE(graph.store().view(7).live());
    Scanner scanner(graph.store(), graph.space(), v);
    EXPECT_EQ(scanner.run(v[7], 1).rows[0].row, 7u);
}

// A graph of nothing but tombstones still takes rows.
TEST(InsertHardTest, LinksToTombstonesWhereNothingLives) {
    const Vectors v = test::gaussian(100, 20, 1), more = test::gaussian(50, 20, 2);
    Vectors all(150, 20);
    std::copy(v.values.begin(), v.values.end(), all[0]);
    std::copy(more.values.begin(), more.values.end(), all[100]);
    Graph graph(Metric::L2, v, test::with_form(20, 6, VectorPlacement::Inline), {6, 40, 1});
    for (NodeId id = 0; id < 100; ++id)
        graph.store().remove_tids(id);
    for (size_t i = 0; i < 50; ++i)
        graph.insert(more[i], 100 + i, 6, 40);
    expect_sound(graph);
    Scanner scanner(graph.store(), graph.space(), all);
    EXPECT_EQ(scanner.run(v[0], SIZE_MAX).rows.size(), 50u);
}

// Lists of four, a star of points about each of few centers: lists fill up with spanning-tree
// edges.
TEST(InsertHardTest, ReachesEveryNodeByShortLists) {
    for (uint32_t degree : {3u, 4u})
        for (uint32_t dims : {1u, 2u, 64u}) {
            const Vectors v = test::clustered(400, dims, 3), none(0, dims);
            Graph graph(Metric::L2, none,
                        {dims, degree, 64, 1, VectorPlacement::Inline, Storage::Half}, {2, 20, 1});
            for (size_t i = 0; i < v.n; ++i)
                graph.insert(v[i], i, 2, 20);
            expect_sound(graph);
            Scanner scanner(graph.store(), graph.space(), v);
            EXPECT_EQ(scanner.run(v[0], SIZE_MAX).rows.size(), 400u) << degree << " " << dims;
        }
}

TEST(InsertHardTest, TakesExtremeValues) {
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine})
        for (double size : {1e-38, 1e-30, 1e-15, 1e15, 1e30}) {
            Vectors v = test::gaussian(300, 20, 8), none(0, 20);
            for (float& x : v.values)
                x = static_cast<float>(static_cast<double>(x) * size);
            Graph graph(metric, none, test::with_form(20, 6, VectorPlacement::Split), {6, 40, 1});
            for (size_t i = 0; i < v.n; ++i)
                graph.insert(v[i], i, 6, 40);
            expect_sound(graph);
            Scanner scanner(graph.store(), graph.space(), v);
            const Scan scan = scanner.run(v[0], SIZE_MAX);
            EXPECT_EQ(scan.rows.size(), 300u) << static_cast<int>(metric) << " " << size;
            EXPECT_EQ(scan.bound_violations, 0u) << static_cast<int>(metric) << " " << size;
        }
}

}  // namespace
}  // namespace vectidx
