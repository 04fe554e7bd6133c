// Search over a built graph in memory: recall, order, completeness, limits, and hard data.
#include "core/graph/search.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

#include "support/graph_case.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::BuildParams;
using test::Built;
using test::Graph;
using test::GraphCase;
using test::MallocArena;
using test::Scan;
using test::Scanned;
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
    {Metric::Cosine, 100, VectorPlacement::OutOfLine, "CosineOutOfLine"},
    {Metric::L1, 100, VectorPlacement::Inline, "L1Inline"},
    {Metric::L1, 100, VectorPlacement::Split, "L1Split"},
    {Metric::L1, 100, VectorPlacement::OutOfLine, "L1OutOfLine"},
    {Metric::L2, 8, VectorPlacement::Inline, "L2FewDimensions"},
    {Metric::Cosine, 768, VectorPlacement::Split, "CosineManyDimensions"},
    {Metric::L2, 100, {VectorPlacement::Split, Storage::Sq8}, "L2Sq8"},
    {Metric::InnerProduct,
     100,
     {VectorPlacement::OutOfLine, Storage::Sq8},
     "InnerProductSq8OutOfLine"},
    {Metric::L2, 100, {VectorPlacement::Inline, Storage::Full}, "L2FullInline"},
    {Metric::Cosine, 100, {VectorPlacement::Split, Storage::Full}, "CosineFullSplit"},
    {Metric::InnerProduct,
     100,
     {VectorPlacement::OutOfLine, Storage::Full},
     "InnerProductFullOutOfLine"},
    {Metric::L2, 100, {VectorPlacement::Inline, Storage::Half, false}, "L2Bare"},
    {Metric::L2, 100, test::kCompact, "L2Compact"},
    {Metric::InnerProduct, 100, test::kCompact, "InnerProductCompact"},
    {Metric::Cosine, 768, test::kCompact, "CosineCompact"},
    {Metric::L2, 8, test::kCompact, "L2CompactFewDimensions"},
    {Metric::L1, 100, test::kCompact, "L1Compact"},
    {Metric::L1, 100, {VectorPlacement::Split, Storage::Full}, "L1Full"},
    {Metric::InnerProduct,
     100,
     {VectorPlacement::OutOfLine, Storage::Full, false},
     "InnerProductBareFull"},
    {Metric::Hamming, 32, test::kBinarySplit, "Hamming"},
    {Metric::Hamming, 100, test::kBinaryOutOfLine, "HammingOutOfLine"},
    {Metric::Hamming, 600, test::kBinarySplit, "HammingLong"},
    {Metric::Jaccard, 32, test::kBinaryOutOfLine, "JaccardOutOfLine"},
    {Metric::Jaccard, 100, test::kBinarySplit, "Jaccard"},
    {Metric::Jaccard, 600, test::kBinarySplit, "JaccardLong"},
    {Metric::Jaccard, 600, test::kBinaryOutOfLine, "JaccardLongOutOfLine"},
};

Built& built(const GraphCase& c) {
    static test::BuiltGraphs all;
    return test::built(all, c, c.dims > 500 ? 600 : 2000, 40);
}

class SearchTest : public ::testing::TestWithParam<GraphCase> {
  protected:
    SearchTest()
        : b_(built(GetParam())), scanner_(b_.graph.store(), b_.graph.space(), b_.vectors) {}
    Built& b_;
    Scanner scanner_;
};

TEST_P(SearchTest, FindsTheNearest) {
    scanner_.limits.epsilon = 0.15f;
    EXPECT_GE(scanner_.recall(b_.queries, 10), 0.97);
    scanner_.limits.epsilon = 0.0f;
    scanner_.limits.batch = 100;
    EXPECT_GE(scanner_.recall(b_.queries, 10), 0.99);
}

TEST_P(SearchTest, RecallGrowsWithEpsilon) {
    double before = 0;
    for (float epsilon : {-0.2f, 0.0f, 0.1f, 0.3f}) {
        scanner_.limits.epsilon = epsilon;
        const double recall = scanner_.recall(b_.queries, 10);
        EXPECT_GE(recall, before - 0.02) << epsilon;
        before = recall;
    }
}

TEST_P(SearchTest, GivesRowsInOrderAndBelowNoBound) {
    scanner_.limits.epsilon = 0.1f;
    for (size_t i = 0; i < b_.queries.n; ++i) {
        const Scan scan = scanner_.run(b_.queries[i], 60);
        EXPECT_EQ(scan.bound_violations, 0u);
        ASSERT_EQ(scan.rows.size(), 60u);
        for (size_t k = 1; k < scan.in_order; ++k)
            EXPECT_GE(scan.rows[k].distance, scan.rows[k - 1].distance) << i << " " << k;
        // The distances of bit strings lie closer together.
        EXPECT_LE(scan.counters.late, compares_bits(GetParam().metric) ? 6u : 4u);
    }
}

// The rows themselves as queries: the nearest is at a distance of zero, where bounds are hardest.
TEST_P(SearchTest, FindsARowByItself) {
    scanner_.limits.epsilon = 0.2f;
    int missed = 0;
    for (size_t row = 0; row < b_.vectors.n; row += 23) {
        const Scan scan = scanner_.run(b_.vectors[row], 5);
        EXPECT_EQ(scan.bound_violations, 0u);
        if (GetParam().metric == Metric::InnerProduct) continue;
        missed += scan.rows.empty() || scan.rows[0].row != row;
    }
    EXPECT_LE(missed, 1);
}

TEST_P(SearchTest, GivesEveryRowOnceWhenAskedForAll) {
    const size_t nodes = b_.graph.store().size();
    for (float epsilon : {-0.5f, 0.1f})
        for (size_t i = 0; i < 3; ++i) {
            scanner_.limits.epsilon = epsilon;
            const Scan scan = scanner_.run(b_.queries[i], SIZE_MAX);
            EXPECT_EQ(scan.nodes.size(), nodes);
            EXPECT_EQ(std::set<NodeId>(scan.nodes.begin(), scan.nodes.end()).size(), nodes);
            EXPECT_EQ(scan.rows.size(), b_.vectors.n - b_.graph.unusable());
            EXPECT_EQ(scan.bound_violations, 0u);
            for (size_t k = 1; k < scan.in_order; ++k)
                ASSERT_GE(scan.rows[k].distance, scan.rows[k - 1].distance) << k;
        }
}

TEST_P(SearchTest, PretendsAnExcludedNodeAway) {
    const size_t row = 17;
    scanner_.limits.epsilon = 0.2f;
    scanner_.limits.exclude = 17;  // without duplicates, nodes are rows
    const Scan scan = scanner_.run(b_.vectors[row], 200);
    for (const Scanned& s : scan.rows)
        EXPECT_NE(s.row, row);
}

TEST_P(SearchTest, StaysWithinItsLimits) {
    scanner_.limits.max_expansions = 7;
    Scan scan = scanner_.run(b_.queries[0], SIZE_MAX);
    EXPECT_EQ(scan.counters.expanded, 7u);
    EXPECT_EQ(scan.rows.size(), 7u);

    scanner_.limits = {};
    scanner_.limits.max_bytes = 64 * 1024;
    scan = scanner_.run(b_.queries[0], SIZE_MAX);
    EXPECT_LT(scan.counters.expanded, b_.vectors.n);
    EXPECT_EQ(scan.rows.size(), scan.counters.expanded);

    EXPECT_TRUE(scan.counters.ended_early);

    scanner_.limits = {};
    scanner_.limits.max_tested = 12;
    scan = scanner_.run(b_.queries[0], SIZE_MAX);
    EXPECT_EQ(scan.rows.size(), 12u);
    EXPECT_TRUE(scan.counters.ended_early);

    scanner_.limits = {};
    EXPECT_FALSE(scanner_.run(b_.queries[0], SIZE_MAX).counters.ended_early);
}

INSTANTIATE_TEST_SUITE_P(Cases, SearchTest, ::testing::ValuesIn(kCases), test::case_name);

// ---- small and hard graphs

size_t scanned_all(Graph& graph, const Vectors& v, const float* query, Scan* scan = nullptr) {
    Scanner scanner(graph.store(), graph.space(), v);
    const Scan all = scanner.run(query, SIZE_MAX);
    EXPECT_EQ(all.bound_violations, 0u);
    std::set<size_t> rows;
    for (const Scanned& s : all.rows)
        EXPECT_TRUE(rows.insert(s.row).second) << "row " << s.row << " came twice";
    if (scan != nullptr) *scan = all;
    return rows.size();
}

TEST(SearchSmallTest, TakesGraphsOfAnySize) {
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine, Metric::L1})
        for (test::NodeForm form : test::kForms)
            for (size_t n : {0u, 1u, 2u, 3u, 9u, 33u, 100u}) {
                const Vectors v = test::gaussian(n, 70, n + 1), q = test::gaussian(1, 70, 99);
                Graph graph(metric, v, test::with_form(70, 4, form), {4, 20, 1});
                EXPECT_EQ(scanned_all(graph, v, q[0]), n);
            }
}

TEST(SearchSmallTest, TakesFewDimensions) {
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine})
        for (size_t d = 1; d <= 5; ++d) {
            const Vectors v = test::gaussian(500, d, d), q = test::gaussian(20, d, 99);
            Graph graph(metric, v, choose_layout(static_cast<uint32_t>(d), 8), {8, 60, 1});
            EXPECT_EQ(scanned_all(graph, v, q[0]), 500u);
            Scanner scanner(graph.store(), graph.space(), v);
            scanner.limits.epsilon = 0.2f;
            EXPECT_GE(scanner.recall(q, 10), 0.88) << static_cast<int>(metric) << " " << d;
        }
}

TEST(SearchHardTest, ReturnsNoTombstoneAndWalksThroughThem) {
    const Vectors v = test::clustered(1500, 64, 5), q = test::clustered(3, 64, 6);
    for (test::NodeForm form : test::kForms) {
        Graph graph(Metric::L2, v, test::with_form(64, 8, form), {8, 60, 1});
        size_t live = 0;
        for (NodeId id = 0; id < graph.store().size(); ++id)
            if (id % 50 != 7)
                graph.store().remove_tids(id);
            else
                ++live;
        for (size_t i = 0; i < q.n; ++i) {
            Scan scan;
            EXPECT_EQ(scanned_all(graph, v, q[i], &scan), live);
            for (const Scanned& s : scan.rows)
                EXPECT_EQ(s.row % 50, 7u);
        }
        for (NodeId id = 0; id < graph.store().size(); ++id)
            graph.store().remove_tids(id);
        EXPECT_EQ(scanned_all(graph, v, q[0]), 0u);
    }
}

TEST(SearchHardTest, GivesAllRowsOfOneVector) {
    Vectors v(10050, 40);
    const Vectors others = test::gaussian(50, 40, 3);
    std::copy_n(others[0], 50 * 40, v[10000]);
    for (size_t i = 0; i < 10000; ++i)
        std::fill_n(v[i], 40, 0.5f);
    for (test::NodeForm form : test::kForms) {
        Graph graph(Metric::L2, v, test::with_form(40, 8, form), {8, 60, 1});
        EXPECT_EQ(graph.store().size(), 51u);
        Scan scan;
        EXPECT_EQ(scanned_all(graph, v, v[0], &scan), 10050u);
        for (size_t k = 0; k < 10000; ++k)
            EXPECT_EQ(scan.rows[k].distance, 0.0);
        // A node of many rows bounds the batch alone, within its inline TIDs.
        Scanner scanner(graph.store(), graph.space(), v);
        scanner.limits.batch = 2;
        EXPECT_GE(scanner.run(v[0], 10).rows.size(), 10u);
    }
}

// Values that single precision can hardly square, or not at all; every row must come.
TEST(SearchHardTest, TakesExtremeValues) {
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine})
        for (double size : {1e-38, 1e-30, 1e-20, 1e-10, 1e10, 1e17, 1e25, 1e30, 1e37})
            for (test::NodeForm form : test::kForms) {
                Vectors v = test::gaussian(200, 20, 8);
                for (float& x : v.values)
                    x = static_cast<float>(static_cast<double>(x) * size);
                Graph graph(metric, v, test::with_form(20, 6, form), {6, 40, 1});
                Scanner scanner(graph.store(), graph.space(), v);
                scanner.limits.batch = 200;  // nothing is found after a row was given
                for (size_t row : {0u, 5u}) {
                    const Scan scan = scanner.run(v[row], SIZE_MAX);
                    std::set<size_t> rows;
                    for (const Scanned& s : scan.rows)
                        rows.insert(s.row);
                    EXPECT_EQ(rows.size(), 200u) << static_cast<int>(metric) << " " << size;
                    EXPECT_EQ(scan.rows.size(), 200u);
                    EXPECT_EQ(scan.bound_violations, 0u) << static_cast<int>(metric) << " " << size;
                    for (size_t k = 1; k < scan.rows.size(); ++k)
                        EXPECT_GE(scan.rows[k].distance, scan.rows[k - 1].distance)
                            << static_cast<int>(metric) << " " << size << " " << k;
                }
            }
}

// Lengths from 1e-30 to 1e30 side by side, each with an error of its own size.
TEST(SearchHardTest, TakesMixedSizes) {
    Vectors v = test::gaussian(300, 20, 8);
    for (size_t i = 0; i < v.n; ++i)
        for (size_t j = 0; j < v.d; ++j)
            v[i][j] = static_cast<float>(static_cast<double>(v[i][j]) *
                                         std::pow(10.0, static_cast<double>(i % 61) - 30.0));
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine}) {
        Graph graph(metric, v, test::with_form(20, 6, VectorPlacement::Split), {6, 40, 1});
        Scanner scanner(graph.store(), graph.space(), v);
        scanner.limits.batch = 300;  // nothing is found after a row was given
        for (size_t row : {0u, 30u, 60u}) {
            EXPECT_EQ(scanned_all(graph, v, v[row]), 300u)
                << static_cast<int>(metric) << " " << row;
            const Scan scan = scanner.run(v[row], SIZE_MAX);
            EXPECT_EQ(scan.counters.late, 0u) << static_cast<int>(metric) << " " << row;
            for (size_t k = 1; k < scan.rows.size(); ++k)
                EXPECT_GE(scan.rows[k].distance, scan.rows[k - 1].distance) << row << " " << k;
        }
    }
}

TEST(SearchHardTest, TakesZeroVectorsAndZeroQueries) {
    Vectors v = test::gaussian(100, 20, 8);
    std::fill_n(v[50], 20, 0.0f);
    std::fill_n(v[51], 20, -0.0f);
    const std::vector<float> zero(20, 0.0f);
    for (Metric metric : {Metric::L2, Metric::InnerProduct}) {
        Graph graph(metric, v, test::with_form(20, 6, VectorPlacement::Split), {6, 40, 1});
        EXPECT_EQ(graph.unusable(), 0u);
        EXPECT_EQ(scanned_all(graph, v, zero.data()), 100u);
    }
    // Under cosine a zero vector has no direction and is not indexed.
    Graph graph(Metric::Cosine, v, test::with_form(20, 6, VectorPlacement::Split), {6, 40, 1});
    EXPECT_EQ(graph.unusable(), 2u);
    EXPECT_EQ(scanned_all(graph, v, v[0]), 98u);
    EXPECT_EQ(scanned_all(graph, v, zero.data()), 98u);
}

// A rule that stops far too early: rows that turn up later than their place come at the end, and
// none is lost or given twice.
TEST(SearchHardTest, KeepsLateResultsForTheEnd) {
    const Vectors v = test::clustered(2000, 64, 5), q = test::clustered(10, 64, 6);
    Graph graph(Metric::L2, v, test::with_form(64, 4, VectorPlacement::Split), {4, 10, 1});
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.epsilon = -0.9f;
    scanner.limits.batch = 1;
    uint32_t late = 0;
    for (size_t i = 0; i < q.n; ++i) {
        const Scan scan = scanner.run(q[i], SIZE_MAX);
        EXPECT_EQ(scan.rows.size(), 2000u);
        late += scan.counters.late;
        for (size_t k = 1; k < scan.in_order; ++k)
            ASSERT_GE(scan.rows[k].distance, scan.rows[k - 1].distance) << i << " " << k;
    }
    EXPECT_GT(late, 0u);
}

// Bytes that are kept are found by 32-bit places; what is beyond is read again.
TEST(SearchHardTest, FindsTheSameWhateverIsKept) {
    const Vectors v = test::gaussian(500, 64, 5);
    for (test::NodeForm form : test::kForms) {
        Graph graph(Metric::L2, v, test::with_form(64, 4, form), {4, 20, 1});
        Scanner scanner(graph.store(), graph.space(), v);
        const Scan all = scanner.run(v[7], 200);
        for (uint32_t most : {0u, 64u, 999u, 5000u}) {
            scanner.limits.max_kept = most;
            const Scan some = scanner.run(v[7], 200);
            EXPECT_EQ(some.nodes, all.nodes) << most;
            EXPECT_EQ(some.counters.refined, all.counters.refined) << most;
        }
    }
}

// Terms of neighbors that no writer produces, and that no check of a slot refuses: the search may
// find anything, but it ends, in bounds.
TEST(SearchHardTest, EndsOnDamagedTerms) {
    const Vectors v = test::gaussian(300, 64, 5);
    const float kFloats[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 0.0f};
    Random random(3);
    for (VectorPlacement form :
         {VectorPlacement::Inline, VectorPlacement::Split, VectorPlacement::OutOfLine})
        for (float damage : kFloats) {
            Graph graph(Metric::L2, v, test::with_form(64, 4, form), {4, 20, 1});
            for (NodeId id = 0; id < graph.store().size(); ++id) {
                NodeSlot slot = graph.store().slot(id);
                for (uint32_t k = 0; k < slot.degree(); ++k)
                    if (random.below(2) == 0)
                        slot.set_link(k,
                                      {slot.ids()[k], {damage, to_bfloat16(damage)}, false, false},
                                      slot.code(k));
            }
            Scanner scanner(graph.store(), graph.space(), v);
            EXPECT_LE(scanner.run(v[0], 10).rows.size(), 300u);
            EXPECT_LE(scanner.run(v[0], SIZE_MAX).rows.size(), 300u);
        }
}

}  // namespace
}  // namespace vectidx
