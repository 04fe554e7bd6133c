// When the batches of Search end: rows beside the graph, rows that only confirm an order, and
// queries that lie between the data's clusters.
#include <gtest/gtest.h>
#include <set>

#include "support/samples.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::calibrated;
using test::Graph;
using test::MallocArena;
using test::Vectors;

Vectors rows_of(const Vectors& v, size_t from, size_t to) {
    Vectors part(to - from, v.d);
    std::copy(v[from], v[from] + part.values.size(), part.values.begin());
    return part;
}

// One search of a graph, with its query and memory.
class OneSearch {
  public:
    OneSearch(Graph& graph, const float* query, const SearchLimits& limits)
        : graph_(graph),
          rotated_(arena_.arena(), graph.space().padded()),
          query_(graph.space().prepare_query(VectorView(query), rotated_)),
          search_(graph.store(), graph.space().keys(), query_, limits, arena_) {}

    void add_rows(const Vectors& rows, size_t first_tid) {
        const VectorSpace& space = graph_.space();
        std::vector<int16_t> values(graph_.layout().words);
        std::vector<float> row(space.padded());
        for (size_t i = 0; i < rows.n; ++i) {
            const RotatedVector x = space.prepare(VectorView(rows[i]), VectorBuffer(row.data()));
            search_.add_row(space.store(graph_.layout(), x, values.data()),
                            test::tid_of(first_tid + i));
        }
    }
    // The next row; `exact` says whether its place is certain.
    size_t next(bool* exact = nullptr) {
        SearchResult found{};
        EXPECT_EQ(search_.next(&found), Next::Row);
        if (exact != nullptr) *exact = found.exact;
        return test::row_of(found.tids[0]);
    }
    uint32_t expanded() const { return search_.counters().expanded; }

  private:
    Graph& graph_;
    MallocArena arena_;
    VectorBuffer rotated_;
    RotatedQuery query_;
    Search<test::MemoryStore> search_;
};

// A long list of waiting rows must not end the search of the graph, whose rows may be nearer.
TEST(SearchBatchesTest, SearchTheGraphAlikeWhateverWaitsBesideIt) {
    constexpr size_t kInGraph = 1600, kAll = 2400, kQueries = 20;
    const Vectors v = test::clustered(kAll, 48, 1), q = test::clustered(kQueries, 48, 2);
    const Vectors waiting = rows_of(v, kInGraph, kAll);
    Graph graph(Metric::L2, rows_of(v, 0, kInGraph), choose_layout(48, 12), {12, 80, 1});
    const Calibration calibration = calibrated(graph);
    SearchLimits automatic, with_ef;
    automatic.calibration = &calibration;
    automatic.target_recall = 0.95f;
    with_ef.ends_when_idle = true;
    for (const SearchLimits& limits : {automatic, with_ef}) {
        size_t of_graph = 0;
        for (size_t i = 0; i < kQueries; ++i) {
            OneSearch alone(graph, q[i], limits), beside(graph, q[i], limits);
            beside.add_rows(waiting, kInGraph);
            std::set<size_t> rows;
            for (uint32_t k = 0; k < limits.batch; ++k) {
                alone.next();
                rows.insert(beside.next());
            }
            EXPECT_EQ(rows.size(), limits.batch);
            EXPECT_EQ(beside.expanded(), alone.expanded());
            const double last = test::nearest_distance(Metric::L2, v, q[i], limits.batch);
            for (size_t row : rows)
                of_graph += row < kInGraph &&
                            test::operator_distance(Metric::L2, q[i], v[row], v.d) <= last;
        }
        // Two thirds of the rows are in the graph, and so are two thirds of the nearest.
        EXPECT_GE(of_graph, kQueries * limits.batch * 55 / 100);
    }
}

// The executor asks for one row more where the last one's place is not certain. That is no reason
// for another batch.
TEST(SearchBatchesTest, ConfirmTheLastRowWithoutAnotherBatch) {
    const Vectors v = test::clustered(2000, 64, 1), q = test::clustered(60, 64, 2);
    Graph graph(Metric::L2, v, test::with_form(64, 12, test::kCompact), {12, 80, 1});
    const Calibration calibration = calibrated(graph);
    SearchLimits limits;
    limits.calibration = &calibration;
    limits.target_recall = 0.95f;
    size_t uncertain = 0;
    for (size_t i = 0; i < q.n; ++i)
        for (uint32_t confirming : {4u, 0u}) {
            limits.confirming = confirming;
            OneSearch search(graph, q[i], limits);
            bool exact = true;
            for (uint32_t k = 0; k < limits.batch; ++k)
                search.next(&exact);
            if (exact) break;
            const uint32_t before = search.expanded();
            search.next();
            if (confirming == 0) {
                EXPECT_GT(search.expanded(), before);
            } else {
                EXPECT_EQ(search.expanded(), before);
                ++uncertain;
                // What a filter wants beyond that starts the next batch.
                for (uint32_t k = 0; k < confirming; ++k)
                    search.next();
                EXPECT_GT(search.expanded(), before);
            }
        }
    EXPECT_GE(uncertain, 10u);
}

// Queries in the middle of two rows, most of them of two clusters, have their neighbors in several
// places. That they are far from the data is known for every number of rows.
TEST(SearchBatchesTest, GoOnWhereTheQueryIsFarFromTheData) {
    constexpr size_t kRows = 8000, kDims = 16, kClusters = 32;
    const Vectors middle = test::gaussian(kClusters, kDims, 1);
    Vectors v = test::gaussian(kRows, kDims, 2), q(100, kDims);
    for (size_t i = 0; i < v.n; ++i)
        for (size_t j = 0; j < kDims; ++j)
            v[i][j] += 3.0f * middle[i % kClusters][j];
    for (size_t i = 0; i < q.n; ++i)
        for (size_t j = 0; j < kDims; ++j)
            q[i][j] = 0.5f * (v[i * 17][j] + v[i * 29 + 11][j]);
    Graph graph(Metric::L2, v, choose_layout(kDims, 16), {16, 64, 1});
    const Calibration calibration = calibrated(graph);
    test::Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.calibration = &calibration;
    scanner.limits.target_recall = 0.95f;
    for (uint32_t k : {10u, 100u, 200u}) {
        scanner.limits.batch = k;
        EXPECT_GE(scanner.recall(q, k), 0.93) << k;
    }
}

}  // namespace
}  // namespace vectidx
