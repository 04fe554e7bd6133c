// Searches with a filter whose answer is known: only rows that pass come, all of them when all are
// asked for, and the nearest of them first.
#include "core/graph/filter.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

#include "support/graph_case.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Built;
using test::Graph;
using test::GraphCase;
using test::Scan;
using test::Scanned;
using test::Scanner;
using test::Vectors;

// Lets the rows of a set pass.
class SetFilter final : public NodeFilter {
  public:
    explicit SetFilter(std::set<size_t> rows) : rows_(std::move(rows)) {}

    bool count(const SearchResult& node, uint32_t most, uint32_t* passing) override {
        ++asked;
        EXPECT_GE(most, 1u);
        *passing = 0;
        for (uint32_t i = 0; i < node.tid_count; ++i)
            *passing += rows_.contains(test::row_of(node.tids[i]));
        *passing = std::min(*passing, most);
        return asked <= fails_after;
    }
    bool goes_on(const FilterProgress& progress) override {
        last = progress;
        return progress.expanded < leaves_at;
    }
    bool has(size_t row) const { return rows_.contains(row); }
    const std::set<size_t>& rows() const { return rows_; }

    size_t asked = 0, fails_after = SIZE_MAX;
    uint32_t leaves_at = UINT32_MAX;
    FilterProgress last = {};

  private:
    std::set<size_t> rows_;
};

constexpr GraphCase kCases[] = {
    {Metric::L2, 64, VectorPlacement::Inline, "L2"},
    {Metric::L2, 64, VectorPlacement::Split, "L2Split"},
    {Metric::InnerProduct, 64, VectorPlacement::OutOfLine, "InnerProductOutOfLine"},
    {Metric::Cosine, 64, VectorPlacement::Inline, "Cosine"},
    {Metric::L1, 64, VectorPlacement::Split, "L1Split"},
    {Metric::L2, 64, {VectorPlacement::Inline, Storage::Full}, "L2Full"},
    {Metric::L2, 64, test::kCompact, "L2Compact"},
    {Metric::Hamming, 32, test::kBinarySplit, "Hamming"},
    {Metric::Jaccard, 100, test::kBinaryOutOfLine, "Jaccard"},
};
constexpr size_t kRows = 2000;

Built& built(const GraphCase& c) {
    static test::BuiltGraphs all;
    return test::built(all, c, kRows, 20);
}

// Every so many-th row passes.
std::set<size_t> every(size_t step) {
    std::set<size_t> rows;
    for (size_t row = 0; row < kRows; row += step)
        rows.insert(row);
    return rows;
}
std::set<size_t> first(size_t count) {
    std::set<size_t> rows;
    for (size_t row = 0; row < count; ++row)
        rows.insert(row * 7 % kRows);
    return rows;
}

class FilterTest : public ::testing::TestWithParam<GraphCase> {
  protected:
    FilterTest() : b_(built(GetParam())), scanner_(b_.graph.store(), b_.graph.space(), b_.vectors) {
        scanner_.limits.epsilon = 0.1f;
    }

    // The k-th smallest distance of those that pass.
    double last_distance(const float* query, const SetFilter& filter, size_t k) {
        std::vector<double> distances;
        for (size_t row : filter.rows()) {
            const double d =
                test::operator_distance(GetParam().metric, query, b_.vectors[row], b_.vectors.d);
            if (!std::isnan(d)) distances.push_back(d);
        }
        std::sort(distances.begin(), distances.end());
        return distances.empty() ? 0.0 : distances[std::min(k, distances.size()) - 1];
    }

    // Checks that the search gives min(k, rows) rows that pass; returns the recall.
    double run(SetFilter& filter, size_t k) {
        scanner_.limits.filter = &filter;
        size_t hits = 0, wanted = 0;
        for (size_t i = 0; i < b_.queries.n; ++i) {
            const double last = last_distance(b_.queries[i], filter, k);
            const Scan scan = scanner_.run(b_.queries[i], k);
            const size_t most = std::min(k, filter.rows().size());
            size_t passing = 0;
            for (const Scanned& s : scan.rows) {
                passing += filter.has(s.row);
                hits += filter.has(s.row) && s.distance <= last + 1e-6 * std::fabs(last);
            }
            EXPECT_EQ(passing, scan.rows.size());
            EXPECT_EQ(scan.rows.size(), most);
            wanted += most;
        }
        return wanted == 0 ? 1.0 : static_cast<double>(hits) / static_cast<double>(wanted);
    }

    Built& b_;
    Scanner scanner_;
};

TEST_P(FilterTest, GivesWhatPasses) {
    constexpr size_t k = 10;
    for (const auto& rows : {std::set<size_t>(), first(1), first(k - 1), first(k), every(100),
                             every(10), every(2), every(1)}) {
        SetFilter filter(rows);
        EXPECT_GE(run(filter, k), 0.95) << rows.size();
    }
}

TEST_P(FilterTest, GivesAllThatPass) {
    for (size_t step : {100, 3}) {
        SetFilter filter(every(step));
        run(filter, kRows);
    }
}

TEST_P(FilterTest, LeavesWhenItIsTold) {
    SetFilter filter(first(1));
    filter.leaves_at = 200;
    scanner_.limits.filter = &filter;
    const Scan scan = scanner_.run(b_.queries[0], 10);
    EXPECT_TRUE(scan.rows.empty());
    EXPECT_GE(filter.last.expanded, 200u);
    EXPECT_LT(filter.last.expanded, 260u);
    EXPECT_EQ(filter.last.wanted, 10u);
    EXPECT_LE(filter.last.found, 1u);
}

TEST_P(FilterTest, EndsWhereRowsCannotBeRead) {
    SetFilter filter(every(3));
    filter.fails_after = 5;
    scanner_.limits.filter = &filter;
    EXPECT_TRUE(scanner_.run(b_.queries[0], 10).rows.empty());
    EXPECT_EQ(filter.asked, 6u);
}

// Nodes beyond the last row of the batch are not tested.
TEST_P(FilterTest, TestsOnlyWhatIsNear) {
    SetFilter filter(every(1));
    scanner_.limits.filter = &filter;
    const Scan scan = scanner_.run(b_.queries[0], 10);
    EXPECT_EQ(scan.counters.tested, filter.asked);
    EXPECT_LT(filter.asked, scan.counters.expanded + 10);
}

INSTANTIATE_TEST_SUITE_P(Cases, FilterTest, ::testing::ValuesIn(kCases), test::case_name);

}  // namespace
}  // namespace vectidx
