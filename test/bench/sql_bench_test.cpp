// The driver's own arithmetic: what the figures rest on.

#include <cmath>
#include <gtest/gtest.h>

#include "data/recall.hpp"
#include "data/synthetic.hpp"
#include "data/vector_file.hpp"
#include "engine/bench_table.hpp"
#include "measure/statistics.hpp"
#include "report/equal_recall.hpp"
#include "server/binary_format.hpp"
#include "server/explain.hpp"

namespace bench {
namespace {

// Rows 0..29 at distances 0..29 from the one query; rows 9, 10 and 11 at the same distance 9.
DataSet line_with_ties() {
    DataSet set;
    set.base = Matrix(30, 1);
    for (size_t i = 0; i < 30; ++i)
        set.base.row(i)[0] = static_cast<float>(i);
    set.base.row(10)[0] = 9.0f;
    set.base.row(11)[0] = -9.0f;
    set.queries = Matrix(1, 1);
    return set;
}

class Recall : public testing::Test {
  protected:
    double recall(std::vector<int32_t> returned, const RecallJudge::Alive& alive = nullptr) {
        return RecallJudge(set_, distance_, truth_, alive).recall(0, returned);
    }

    DataSet set_ = line_with_ties();
    ExactDistance distance_{set_};
    GroundTruth truth_ = compute_ground_truth(set_, distance_);
};

TEST_F(Recall, TiesAtTheTenthDistanceAreHits) {
    EXPECT_DOUBLE_EQ(recall({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), 1.0);
    EXPECT_DOUBLE_EQ(recall({0, 1, 2, 3, 4, 5, 6, 7, 8, 11}), 1.0);
    EXPECT_DOUBLE_EQ(recall({0, 1, 2, 3, 4, 5, 6, 7, 8, 12}), 0.9);
}

TEST_F(Recall, MissingAndRepeatedRowsAreMisses) {
    EXPECT_DOUBLE_EQ(recall({0, 1, 2}), 0.3);
    EXPECT_DOUBLE_EQ(recall({0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), 0.1);
    EXPECT_DOUBLE_EQ(recall({-1, 30, 0}), 0.1);
}

TEST_F(Recall, CountsRowsThatAreAlive) {
    auto odd = [](size_t row) { return row % 2 == 1; };
    EXPECT_DOUBLE_EQ(recall({1, 3, 5, 7, 9, 11, 13, 15, 17, 19}, odd), 1.0);
    EXPECT_DOUBLE_EQ(recall({0, 3, 5, 7, 9, 11, 13, 15, 17, 19}, odd), 0.9);
    EXPECT_DOUBLE_EQ(recall({7, 8, 9}, [](size_t row) { return row < 3; }), 0.0);
}

TEST_F(Recall, LooksAtEveryRowWhenTheKnownNeighboursAreGone) {
    GroundTruth shallow;
    shallow.depth = 12;
    shallow.rows.assign(truth_.rows.begin(), truth_.rows.begin() + 12);
    shallow.distances.assign(truth_.distances.begin(), truth_.distances.begin() + 12);
    const RecallJudge judge(set_, distance_, shallow, [](size_t row) { return row >= 15; });
    EXPECT_DOUBLE_EQ(judge.recall(0, std::vector<int32_t>{15, 16, 17, 18, 19, 20, 21, 22, 23, 25}),
                     0.9);
}

TEST(ExactDistance, CosineIgnoresLength) {
    DataSet set;
    set.metric = Metric::kCosine;
    set.base = Matrix(3, 2);
    set.base.values = {2.0f, 0.0f, 0.0f, 5.0f, 0.0f, 0.0f};
    set.queries = Matrix(1, 2);
    set.queries.values = {1.0f, 0.0f};
    const ExactDistance distance(set);
    EXPECT_DOUBLE_EQ(distance(0, 0), 0.0);
    EXPECT_DOUBLE_EQ(distance(0, 1), 1.0);
    EXPECT_TRUE(std::isinf(distance(0, 2)));
}

TEST(EqualRecall, InterpolatesInLogMisses) {
    // Half way between log 0.1 and log 0.001 lies log 0.01.
    const std::vector<CurvePoint> points = {{0.9, 1.0}, {0.999, 3.0}};
    const Cost cost = cost_at_recall(points, 0.99, 1e-6);
    EXPECT_EQ(cost.kind, Cost::Kind::kReached);
    EXPECT_NEAR(cost.value, 2.0, 1e-12);
}

TEST(EqualRecall, SaysWhenACurveDoesNotCross) {
    const std::vector<CurvePoint> points = {{0.96, 1.0}, {0.98, 3.0}};
    EXPECT_EQ(cost_at_recall(points, 0.95, 1e-6).kind, Cost::Kind::kAtMost);
    EXPECT_EQ(cost_at_recall(points, 0.99, 1e-6).kind, Cost::Kind::kNotReached);
    EXPECT_EQ(ratio_text(cost_at_recall(points, 0.95, 1e-6), Cost{Cost::Kind::kReached, 2.0}),
              "<= 0.50");
    EXPECT_EQ(ratio_text(cost_at_recall(points, 0.99, 1e-6), Cost{Cost::Kind::kReached, 2.0}),
              "not reached");
}

TEST(Statistics, PercentileIsTheNearestRank) {
    std::vector<double> sample;
    for (int i = 100; i >= 1; --i)
        sample.push_back(i);
    EXPECT_EQ(percentile(sample, 50.0), 50.0);
    EXPECT_EQ(percentile(sample, 99.0), 99.0);
    EXPECT_EQ(percentile({7.0}, 99.0), 7.0);
}

TEST(VectorFile, DecodesHalves) {
    EXPECT_EQ(half_to_float(0x3c00), 1.0f);
    EXPECT_EQ(half_to_float(0xc000), -2.0f);
    EXPECT_EQ(half_to_float(0x3555), 0.333251953125f);
    EXPECT_EQ(half_to_float(0x0001), 5.9604644775390625e-8f);
    EXPECT_EQ(half_to_float(0x7bff), 65504.0f);
    EXPECT_TRUE(std::isinf(half_to_float(0x7c00)));
}

TEST(BinaryFormat, WritesNetworkOrder) {
    std::string bytes;
    append_vector(bytes, std::vector<float>{1.0f});
    EXPECT_EQ(bytes, std::string("\0\1\0\0\x3f\x80\0\0", 8));
    bytes.clear();
    append_int32(bytes, -2);
    EXPECT_EQ(read_int32(bytes.data()), -2);
}

TEST(Synthetic, RepeatsForASeed) {
    for (const char* kind : {"uniform", "gaussian-clusters", "mixture"}) {
        EXPECT_EQ(generate(kind, 20, 8, 5).values, generate(kind, 20, 8, 5).values);
        EXPECT_NE(generate(kind, 20, 8, 5).values, generate(kind, 20, 8, 6).values);
    }
}

TEST(BenchTable, DeletesThePercentAskedFor) {
    size_t gone = 0;
    for (size_t row = 0; row < 1000; ++row) {
        gone += is_deleted(row, 20);
        EXPECT_TRUE(!is_deleted(row, 20) || is_deleted(row, 40));
    }
    EXPECT_EQ(gone, 200u);
}

TEST(Explain, FindsBuffersOfTheWholePlanAndTheIndex) {
    const PlanReport report = parse_plan(
        R"([{"Plan": {"Node Type": "Limit", "Shared Hit Blocks": 40, "Shared Read Blocks": 2,
            "Plans": [{"Node Type": "Index Scan", "Index Name": "items_index",
                       "Shared Hit Blocks": 39, "Shared Read Blocks": 2}]}}])");
    EXPECT_EQ(report.buffers, 42);
    EXPECT_EQ(report.index_name, "items_index");
}

}  // namespace
}  // namespace bench
