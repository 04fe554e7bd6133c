// Search over bit strings: ties, distances that single precision cannot tell apart, strings without
// a set bit, and graphs of any size. What it shares with other vectors is in search_test.cpp.
#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "core/graph/search.hpp"

#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::MemoryStore;
using test::Scan;
using test::Scanned;
using test::Scanner;
using test::Vectors;

constexpr Metric kMetrics[] = {Metric::Hamming, Metric::Jaccard};

Graph graph_of(Metric metric, const Vectors& v, uint32_t m, test::NodeForm form) {
    return {metric, v, test::with_form(static_cast<uint32_t>(v.d), m, form), {m, 60, 1}};
}

// All rows, checked to come once, in order and below no bound; the late ones need not be in order.
Scan scan_all(Graph& graph, const Vectors& v, const float* query, const SearchLimits& limits = {}) {
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits = limits;
    const Scan scan = scanner.run(query, SIZE_MAX);
    EXPECT_EQ(scan.bound_violations, 0u);
    std::set<size_t> rows;
    for (const Scanned& s : scan.rows)
        EXPECT_TRUE(rows.insert(s.row).second) << "row " << s.row << " came twice";
    for (size_t k = 1; k < scan.in_order; ++k)
        EXPECT_GE(scan.rows[k].distance, scan.rows[k - 1].distance) << k;
    return scan;
}

size_t ties_of(const Scan& scan) {
    size_t ties = 0;
    for (size_t k = 1; k < scan.rows.size(); ++k)
        ties += scan.rows[k].distance == scan.rows[k - 1].distance;
    return ties;
}

TEST(SearchBitsTest, GivesTiedRowsAsExact) {
    for (Metric metric : kMetrics)
        for (test::NodeForm form : test::kBinaryForms)
            for (size_t d : {8u, 32u, 512u}) {
                const Vectors v = test::clustered_bits(700, d, 1),
                              q = test::clustered_bits(5, d, 2);
                Graph graph = graph_of(metric, v, 8, form);
                SearchLimits limits;
                limits.batch = 700;  // nothing is found after a row was given
                size_t ties = 0;
                for (size_t i = 0; i < q.n; ++i) {
                    const Scan scan = scan_all(graph, v, q[i], limits);
                    EXPECT_EQ(scan.rows.size(), 700u);
                    EXPECT_EQ(scan.counters.late, 0u);
                    EXPECT_EQ(scan.inexact, 0u);
                    ties += ties_of(scan);
                }
                EXPECT_TRUE(ties > 100 || d == 512) << ties;
            }
}

// As late as results may be, those in time are exact, ties or not.
TEST(SearchBitsTest, KeepsLateResultsForTheEnd) {
    const Vectors v = test::clustered_bits(2000, 32, 5), q = test::clustered_bits(10, 32, 6);
    for (Metric metric : kMetrics) {
        Graph graph(metric, v, test::with_form(32, 4, test::kBinarySplit), {4, 10, 1});
        SearchLimits limits;
        limits.epsilon = -0.9f;
        limits.batch = 1;
        uint32_t late = 0;
        for (size_t i = 0; i < q.n; ++i) {
            const Scan scan = scan_all(graph, v, q[i], limits);
            EXPECT_EQ(scan.rows.size(), 2000u);
            EXPECT_EQ(scan.inexact, scan.counters.late);
            EXPECT_GT(ties_of(scan), 0u);
            late += scan.counters.late;
        }
        EXPECT_GT(late, 0u);
    }
}

// A string in which the bits from..to are set.
void set_range(std::vector<uint8_t>& bytes, size_t from, size_t to) {
    for (size_t bit = from; bit < to; ++bit)
        bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] | 1 << bit % 8);
}

// Strings whose Jaccard distances from `query` are next to each other: just above .6.
Vectors nearly_tied(size_t d, size_t n, std::vector<float>* query) {
    const size_t bits = 8 * d, own = bits / 2;
    Vectors v(n, d);
    std::vector<uint8_t> row(d);
    set_range(row, 0, own);
    query->assign(d, 0.0f);
    std::memcpy(query->data(), row.data(), d);
    for (size_t i = 0; i < n; ++i) {
        const size_t either = bits - i, both = either * 2 / 5;
        row.assign(d, 0);
        set_range(row, 0, both);
        set_range(row, own, either);
        test::set_bits(v, i, row);
    }
    return v;
}

// Pairs of rows, next to each other in the order, that differ by less than single precision tells.
size_t told_apart_by_double_only(const Scan& scan) {
    size_t pairs = 0;
    for (size_t k = 1; k < scan.rows.size(); ++k) {
        const double a = scan.rows[k - 1].distance, b = scan.rows[k].distance;
        pairs += a != b && static_cast<float>(a) == static_cast<float>(b);
    }
    return pairs;
}

TEST(SearchBitsTest, OrdersJaccardDistancesThatSinglePrecisionCannotTellApart) {
    for (test::NodeForm form : test::kBinaryForms)
        for (size_t d : {512u, 2000u}) {
            std::vector<float> query;
            const Vectors v = nearly_tied(d, 1000, &query);
            Graph graph = graph_of(Metric::Jaccard, v, 8, form);
            SearchLimits limits;
            limits.batch = 1000;
            const Scan scan = scan_all(graph, v, query.data(), limits);
            EXPECT_EQ(scan.rows.size(), 1000u);
            EXPECT_EQ(scan.in_order, 1000u);
            if (d <= 512) {
                EXPECT_EQ(told_apart_by_double_only(scan), 0u);
                EXPECT_EQ(scan.inexact, 0u);
            } else {
                EXPECT_GT(told_apart_by_double_only(scan), 50u);
                EXPECT_GT(scan.inexact, 50u);
            }
        }
}

// To a string without a set bit, all are at a distance of one, itself among them.
TEST(SearchBitsTest, TakesStringsWithoutASetBit) {
    const std::vector<float> zero(32, 0.0f);
    Vectors v = test::clustered_bits(300, 32, 1);
    for (size_t row : {7u, 8u, 9u})
        std::fill_n(v[row], 32, 0.0f);
    for (Metric metric : kMetrics)
        for (test::NodeForm form : test::kBinaryForms) {
            Graph graph = graph_of(metric, v, 6, form);
            EXPECT_EQ(graph.unusable(), 0u);
            EXPECT_EQ(graph.store().size(), 298u);
            const Scan from_zero = scan_all(graph, v, zero.data());
            EXPECT_EQ(from_zero.rows.size(), 300u);
            EXPECT_EQ(from_zero.rows.back().distance == 1.0, metric == Metric::Jaccard);
            const Scan from_row = scan_all(graph, v, v[20]);
            EXPECT_EQ(from_row.rows.size(), 300u);
            EXPECT_EQ(from_row.rows[0].row, 20u);
        }
}

TEST(SearchBitsTest, TakesGraphsOfAnySize) {
    for (Metric metric : kMetrics)
        for (test::NodeForm form : test::kBinaryForms)
            for (size_t d : {1u, 9u, 70u})
                for (size_t n : {0u, 1u, 2u, 3u, 9u, 33u, 300u}) {
                    const Vectors v = test::clustered_bits(n, d, n + 1);
                    const Vectors q = test::clustered_bits(1, d, 99);
                    Graph graph = graph_of(metric, v, 4, form);
                    EXPECT_EQ(scan_all(graph, v, q[0]).rows.size(), n) << d;
                }
}

TEST(SearchBitsTest, TakesTheLongestStrings) {
    const Vectors v = test::clustered_bits(150, 8000, 1), q = test::clustered_bits(2, 8000, 2);
    for (Metric metric : kMetrics) {
        Graph graph(metric, v, choose_layout(8000, 16, false, Storage::Binary), {16, 40, 1});
        for (size_t i = 0; i < q.n; ++i)
            EXPECT_EQ(scan_all(graph, v, q[i]).rows.size(), 150u);
        Scanner scanner(graph.store(), graph.space(), v);
        EXPECT_GE(scanner.recall(q, 10), 0.95);
    }
}

TEST(SearchBitsTest, ReturnsNoTombstoneAndWalksThroughThem) {
    const Vectors v = test::clustered_bits(1500, 32, 5), q = test::clustered_bits(3, 32, 6);
    for (test::NodeForm form : test::kBinaryForms) {
        Graph graph = graph_of(Metric::Hamming, v, 8, form);
        ASSERT_EQ(graph.store().size(), 1500u);
        for (NodeId id = 0; id < 1500; ++id)
            if (id % 50 != 7) graph.store().remove_tids(id);
        for (size_t i = 0; i < q.n; ++i) {
            const Scan scan = scan_all(graph, v, q[i]);
            EXPECT_EQ(scan.rows.size(), 30u);
            for (const Scanned& s : scan.rows)
                EXPECT_EQ(s.row % 50, 7u);
        }
    }
}

// Rows that are in no graph yet, as those of the pending list.
TEST(SearchBitsTest, MeasuresRowsOutsideTheGraph) {
    constexpr size_t kAll = 400, kInGraph = 300;
    const Vectors v = test::clustered_bits(kAll, 32, 1);
    Vectors first(kInGraph, 32);
    std::copy_n(v.values.data(), first.values.size(), first.values.data());
    for (Metric metric : kMetrics)
        for (test::NodeForm form : test::kBinaryForms) {
            Graph graph = graph_of(metric, first, 8, form);
            const VectorSpace& space = graph.space();
            MallocArena arena;
            std::vector<float> prepared(space.padded()), row(space.padded());
            std::vector<int16_t> values(graph.layout().words);
            const RotatedQuery query =
                space.prepare_query(test::view_of(metric, v[350]), VectorBuffer(prepared.data()));
            SearchLimits limits;
            limits.batch = kAll;
            Search<MemoryStore> search(graph.store(), space.keys(), query, limits, arena);
            for (size_t i = kInGraph; i < kAll; ++i) {
                const RotatedVector p =
                    space.prepare(test::view_of(metric, v[i]), VectorBuffer(row.data()));
                search.add_row(space.store(graph.layout(), p, values.data()), test::tid_of(i));
            }
            std::set<size_t> rows;
            double before = 0;
            SearchResult found{};
            while (search.next(&found) == Next::Row) {
                const size_t at = test::row_of(found.tids[0]);
                EXPECT_TRUE(at == 350 || !rows.empty());
                EXPECT_TRUE(found.exact);
                EXPECT_TRUE(rows.insert(at).second);
                const double distance = test::operator_distance(metric, v[350], v[at], 32);
                EXPECT_LE(space.keys().operator_distance(query, found.low), distance);
                EXPECT_GE(distance, before);
                before = distance;
            }
            EXPECT_EQ(rows.size(), kAll);
        }
}

}  // namespace
}  // namespace vectidx
