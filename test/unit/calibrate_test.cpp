#include "core/construct/calibrate.hpp"

#include <gtest/gtest.h>

#include "support/samples.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::calibrated;
using test::Graph;
using test::MallocArena;
using test::Scanner;
using test::Vectors;

struct Case {
    Metric metric;
    uint32_t dims;
    test::NodeForm form;
};

class CalibrateTest : public ::testing::TestWithParam<Case> {};

TEST_P(CalibrateTest, ReachesItsTargetsOnOtherQueries) {
    const auto [metric, dims, form] = GetParam();
    const Vectors v = test::clustered_for(metric, 3000, dims, 1);
    const Vectors q = test::clustered_for(metric, 300, dims, 2);
    // One thread: the same graph each time. The last bound has no room for the differences of
    // others.
    Graph graph(metric, v, test::with_form(dims, 8, form), {8, 60, 1});
    const Calibration c = calibrated(graph);
    EXPECT_EQ(c.nodes, graph.rows().size());
    EXPECT_TRUE(valid_calibration(c));
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.calibration = &c;
    for (uint32_t k : {1u, 10u, 100u}) {
        scanner.limits.batch = k;
        double hops = 0;
        for (float target : {0.8f, 0.9f, 0.95f, 0.98f}) {
            scanner.limits.target_recall = target;
            // 300 queries tell the recall of one row to two hundredths.
            EXPECT_GE(scanner.recall(q, k), static_cast<double>(target) - (k == 1    ? 0.04
                                                                           : k == 10 ? 0.015
                                                                                     : 0.025))
                << target << ' ' << k;
            const uint32_t expanded = scanner.run(q[0], k).counters.expanded;
            EXPECT_GE(expanded + 5, hops);
            hops = expanded;
        }
    }
}

constexpr Case kCases[] = {{Metric::L2, 64, VectorPlacement::Inline},
                           {Metric::L2, 8, VectorPlacement::Inline},
                           {Metric::Cosine, 128, VectorPlacement::Split},
                           {Metric::InnerProduct, 64, VectorPlacement::Inline},
                           {Metric::L2, 128, test::kCompact},
                           {Metric::Cosine, 64, {VectorPlacement::Inline, Storage::Full}},
                           {Metric::Hamming, 32, test::kBinarySplit},
                           {Metric::Jaccard, 64, test::kBinaryOutOfLine}};
INSTANTIATE_TEST_SUITE_P(Cases, CalibrateTest, ::testing::ValuesIn(kCases));

TEST(SamplesTest, FindsTheExactNearest) {
    for (Metric metric : {Metric::L2, Metric::Cosine, Metric::InnerProduct, Metric::L1}) {
        const Vectors v = test::clustered_for(metric, 900, 24, 1);
        Graph graph(metric, v, choose_layout(24, 8), {8, 40, 1});
        for (unsigned threads : {1u, 2u}) {
            MallocArena arena;
            Samples samples(graph.space(), graph.layout(), threads, test::kNoPoll, arena.arena());
            test::fill_samples(graph, &samples);
            uint32_t own = 0, deep = 0;
            for (uint32_t s = 0; s < samples.count(); ++s) {
                const Sample& sample = samples[s];
                deep += sample.wanted == 100;
                for (uint32_t k = 1; k < sample.wanted; ++k)
                    EXPECT_LE(sample.nearest[k - 1].distance, sample.nearest[k].distance);
                if (sample.id == kNoNode) continue;
                ++own;
                // The k-th nearest beside itself, by the operator: the next one with itself.
                const float* x = v[sample.id];
                const double last = test::nearest_distance(metric, v, x, sample.wanted + 1) + 1e-4;
                for (uint32_t k = 0; k < sample.wanted; ++k) {
                    const NodeId other = sample.nearest[k].id;
                    EXPECT_NE(other, sample.id);
                    // The largest inner products of a row may be farther than that with itself.
                    if (metric == Metric::InnerProduct) continue;
                    EXPECT_LE(test::operator_distance(metric, x, v[other], 24), last);
                }
            }
            EXPECT_EQ(own, 225u);
            EXPECT_EQ(samples.count(), 325u);
            EXPECT_EQ(deep, 78u);
        }
    }
}

TEST(SamplesTest, AreNoneOfAFewNodes) {
    const Vectors v = test::clustered(39, 8, 1);
    Graph graph(Metric::L2, v, choose_layout(8, 8), {8, 40, 1});
    MallocArena arena;
    Samples samples(graph.space(), graph.layout(), 1, test::kNoPoll, arena.arena());
    test::fill_samples(graph, &samples);
    EXPECT_EQ(samples.count(), 0u);
    EXPECT_EQ(samples.nodes(), 39u);
}

// Traces made by hand: each search finds its ten nearest one by one, with a step between two.
TEST(ChooseRulesTest, TakesTheLowestThresholdThatReachesALevel) {
    std::vector<TraceStep> steps;
    for (uint32_t i = 0; i < 400; ++i) {
        const bool near = i % 2 == 0 && i < 20;
        const auto at = static_cast<float>(i);
        steps.push_back(
            {0.5f + 0.01f * at, 1.0f + (near ? 0.001f * at : 0.1f * at), near ? i / 2 : kNotNear});
    }
    const std::vector<Trace> traces(60, {10, true, 400, steps.data()});
    MallocArena arena;
    const Calibration c = choose_rules(traces.data(), 60, 1234, arena.arena());
    EXPECT_EQ(c.samples, 60u);
    EXPECT_EQ(c.nodes, 1234u);
    for (uint32_t i = 0; i < kRecalls; ++i) {
        // One more is found with every other step. The score is only asked when there are ten
        // results; between two thresholds of the measurement, the recall is interpolated.
        const float wanted = 20.0f * kRecallLevels[i];
        EXPECT_GE(c.levels[i].hops[1], std::max(10.0f, wanted - 3.0f)) << kRecallLevels[i];
        EXPECT_LE(c.levels[i].hops[1], std::max(12.0f, wanted + 8.0f)) << kRecallLevels[i];
        EXPECT_GE(c.levels[i].threshold[1], c.levels[i > 0 ? i - 1 : 0].threshold[1]);
    }
}

// Traces that end before their searches would: the tenth row comes late in some, later in others.
TEST(ChooseRulesTest, ExtrapolatesWhatTracesAreTooShortFor) {
    constexpr uint32_t kLength = 120;
    std::vector<TraceStep> early, late;
    for (uint32_t i = 0; i < kLength; ++i) {
        const auto at = static_cast<float>(i);
        const bool near = i % 2 == 0 && i < 18;
        // The frontier comes no nearer after a while, so that no score tells of the end.
        const TraceStep step{0.5f + 0.01f * std::min(at, 30.0f),
                             1.0f + (near ? 0.001f * at : 0.02f * at), near ? i / 2 : kNotNear};
        early.push_back(i == 100 ? TraceStep{step.estimate, 1.018f, 9} : step);
        late.push_back(step);
    }
    std::vector<Trace> traces(60, {10, true, kLength, early.data()});
    for (uint32_t i = 0; i < 20; ++i)
        traces[3 * i].steps = late.data();
    MallocArena arena;
    const Calibration c = choose_rules(traces.data(), 60, 1234, arena.arena());
    // Two thirds find the tenth, which would be a recall of .967 at any price.
    const auto hops = [&](uint32_t i) { return c.levels[i].hops[1]; };
    EXPECT_LE(hops(3), 30) << "nine of ten";
    EXPECT_GT(hops(5), hops(4));
    EXPECT_LE(hops(5), 90) << "not as far as the traces go";
    EXPECT_LT(c.levels[5].threshold[1] * kThresholdUnit,
              c.levels[4].threshold[1] * kThresholdUnit + 1.0f);
}

TEST(StopScoreTest, MeasuresInnerProductsFromBelowTheNearestKey) {
    EXPECT_EQ(inner_product_origin(1, 5.0f, 6.0f), 0.0f);
    EXPECT_EQ(inner_product_origin(10, 5.0f, 6.0f), 0.0f) << "few rows say too little";
    EXPECT_FLOAT_EQ(inner_product_origin(100, 5.0f, 6.0f), 4.0f) << "as far below as above";
    EXPECT_FLOAT_EQ(inner_product_origin(1000, 5.0f, 6.0f), 4.0f);
    EXPECT_NEAR(inner_product_origin(32, 5.0f, 6.0f), 2.02f, 0.01f);
}

TEST(StopScoreTest, RanksKeys) {
    MallocArena memory;
    Array<float> keys(memory.arena());
    for (float key : {4.0f, 1.0f, 2.0f, 8.0f})
        keys.push_back(key);
    const KeyRanks ranks = rank_keys(keys, 2.0f, 3.0f);
    EXPECT_EQ(ranks.within, 2u);
    EXPECT_FLOAT_EQ(ranks.rank, 2.5f);
    EXPECT_FLOAT_EQ(rank_keys(keys, 9.0f, 0.5f).rank, 0.0f);
    EXPECT_FLOAT_EQ(rank_keys(keys, 9.0f, 100.0f).rank, 4.0f);
    EXPECT_EQ(rank_keys(keys, 9.0f, 100.0f).within, 4u);
}

TEST(StopScoreTest, RisesWithWhatSpeaksForTheEnd) {
    const float usual = stop_score(10, 30, 1.0f, 1.0f, 0.0f);
    EXPECT_GT(stop_score(20, 30, 1.0f, 1.0f, 0.0f), usual);
    EXPECT_GT(stop_score(10, 30, 1.2f, 1.0f, 0.0f), usual);
    EXPECT_LT(stop_score(10, 300, 1.0f, 1.0f, 0.0f), usual);
    EXPECT_LT(stop_score(10, 30, 1.0f, 1.0f, 0.3f), usual);
    // Rows at distance zero, and a query at a key below zero, do not make it a NaN.
    EXPECT_GT(stop_score(10, 30, 1.0f, 0.0f, 0.0f), usual);
    EXPECT_TRUE(std::isfinite(stop_score(0, 0, -1.0f, -2.0f, 0.0f)));
    EXPECT_EQ(far_factor(1.0f, 2.0f), 0.0f);
    EXPECT_GT(far_factor(4.0f, 2.0f), 0.3f);
    EXPECT_EQ(far_factor(4.0f, 0.0f), 0.0f);
}

TEST(StopScoreTest, KnowsASearchThatStoppedImproving) {
    EXPECT_FALSE(is_idle(250, 0, 100.0f, 0.0f));
    EXPECT_TRUE(is_idle(310, 100, 100.0f, 0.0f));
    EXPECT_FALSE(is_idle(310, 200, 100.0f, 0.0f));
    EXPECT_FALSE(is_idle(310, 100, 100.0f, 0.3f));
}

}  // namespace
}  // namespace vectidx
