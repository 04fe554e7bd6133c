// Search over embeddings, with the rows measured elsewhere.
#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "core/graph/search.hpp"

#include "support/graph.hpp"
#include "support/operator_distance.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::MemoryStore;
using test::Vectors;

constexpr size_t kRows = 2000, kDims = 256, kEmbedded = 64;

// A random projection: the first values of a rotation, scaled.
Vectors embedded(const Vectors& v) {
    MallocArena arena;
    const Rotation rotation(kDims, 11, arena);
    Vectors e = test::gaussian(v.n, kEmbedded, 1);
    std::vector<float> rotated(rotation.padded());
    for (size_t i = 0; i < v.n; ++i) {
        rotation.apply(v[i], rotated.data());
        for (size_t j = 0; j < kEmbedded; ++j)
            e[i][j] = rotated[j] * std::sqrt(static_cast<float>(kDims) / kEmbedded);
    }
    return e;
}

struct Table {
    const Vectors& rows;
    const float* query;
    size_t hidden;  // every so many-th row is not visible
    size_t measured = 0;

    bool visible(size_t row) const { return row % hidden != 0; }
    double distance(size_t row) const {
        return test::operator_distance(Metric::L2, query, rows[row], kDims);
    }
    static bool measure(void* self, const SearchResult& node, bool all,
                        Array<RowDistances::Row>* out) {
        auto& table = *static_cast<Table*>(self);
        for (uint32_t i = 0; i < node.tid_count; ++i) {
            const size_t row = test::row_of(node.tids[i]);
            ++table.measured;
            if (!table.visible(row)) continue;
            out->push_back({node.tids[i], table.distance(row)});
            if (!all) break;
        }
        return true;
    }
};

class SearchRowsTest : public ::testing::Test {
  protected:
    SearchRowsTest()
        : v_(test::clustered(kRows, kDims, 1)),
          q_(test::clustered(30, kDims, 2)),
          e_(embedded(v_)),
          eq_(embedded(q_)),
          graph_(Metric::L2, e_, test::with_form(kEmbedded, 12, VectorPlacement::Inline),
                 {12, 80, 1}) {}

    // The distances of the first rows, which are checked to come in order.
    std::vector<double> run(size_t i, const SearchLimits& limits, size_t count) {
        MallocArena arena;
        std::vector<float> rotated(graph_.space().padded());
        const RotatedQuery query =
            graph_.space().prepare_query(VectorView(eq_[i]), VectorBuffer(rotated.data()));
        const KeySpace keys(Metric::L2, 0.0f, std::sqrt(2.0f / kEmbedded));
        table_ = std::make_unique<Table>(Table{v_, q_[i], 7});
        const RowDistances rows{{Table::measure, table_.get()}};
        Search<MemoryStore> search(graph_.store(), keys, query, limits, arena, {},
                                   {nullptr, &rows});
        std::vector<double> distances;
        std::set<size_t> seen;
        SearchResult found{};
        while (distances.size() < count && search.next(&found) == Next::Row) {
            const size_t row = test::row_of(found.tids[0]);
            EXPECT_TRUE(table_->visible(row));
            EXPECT_TRUE(seen.insert(row).second);
            EXPECT_LE(keys.operator_distance(query, found.low), table_->distance(row));
            distances.push_back(table_->distance(row));
        }
        late_ = search.counters().late;
        return distances;
    }
    std::vector<double> sorted(size_t i) const {
        const Table table{v_, q_[i], 7};
        std::vector<double> all;
        for (size_t row = 0; row < kRows; ++row)
            if (table.visible(row)) all.push_back(table.distance(row));
        std::sort(all.begin(), all.end());
        return all;
    }

    Vectors v_, q_, e_, eq_;
    Graph graph_;
    std::unique_ptr<Table> table_;
    uint32_t late_ = 0;
};

TEST_F(SearchRowsTest, GivesAllInOrderWhenAllAreCandidates) {
    SearchLimits limits;
    limits.batch = kRows + 1;
    for (size_t i = 0; i < 5; ++i) {
        const std::vector<double> found = run(i, limits, SIZE_MAX), want = sorted(i);
        ASSERT_EQ(found.size(), want.size());
        EXPECT_EQ(table_->measured, kRows);
        for (size_t k = 0; k < want.size(); ++k)
            EXPECT_NEAR(found[k], want[k], 1e-5 * want[k]);
    }
}

TEST_F(SearchRowsTest, ReachesBeyondTheErrorOfEmbeddings) {
    double before = 0;
    for (float deviations : {0.2f, 0.8f, 2.0f}) {
        SearchLimits limits;
        limits.deviations = deviations;
        size_t hits = 0, measured = 0;
        for (size_t i = 0; i < q_.n; ++i) {
            const std::vector<double> found = run(i, limits, 10);
            const double tenth = sorted(i)[9];
            measured += table_->measured;
            for (const double distance : found)
                hits += distance <= tenth;
        }
        const double recall = static_cast<double>(hits) / (10.0 * static_cast<double>(q_.n));
        EXPECT_GE(recall, before);
        EXPECT_LT(measured, kRows * q_.n);
        before = recall;
    }
    EXPECT_GE(before, 0.97);
}

TEST_F(SearchRowsTest, GivesEveryVisibleRowOnce) {
    for (float deviations : {0.0f, 1.0f}) {
        SearchLimits limits;
        limits.deviations = deviations;
        for (size_t i = 0; i < 3; ++i) {
            std::vector<double> found = run(i, limits, SIZE_MAX);
            const std::vector<double> want = sorted(i);
            std::sort(found.begin(), found.end());
            EXPECT_EQ(found, want);
        }
    }
}

}  // namespace
}  // namespace vectidx
