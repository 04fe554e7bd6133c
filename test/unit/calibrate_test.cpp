#include "core/construct/calibrate.hpp"

#include <gtest/gtest.h>

#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::Scanner;
using test::Vectors;

Calibration calibrated(Graph& graph, uint32_t count) {
    MallocArena arena, scratch;
    Samples samples{};
    EXPECT_EQ(find_nearest(graph.rows(), graph.packed(), count, 77, 2, arena.arena(), test::kNoPoll,
                           &samples),
              Parallel::Done);
    Calibration result{};
    EXPECT_TRUE(calibrate(
        graph.store(), graph.space(), graph.rows().size(), samples, arena.arena(), scratch.arena(),
        [](void* s) { static_cast<MallocArena*>(s)->reset(); }, &scratch, &result));
    return result;
}

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
    Graph graph(metric, v, test::with_form(dims, 8, form), {8, 60, 2});
    const Calibration c = calibrated(graph, sample_count(graph.rows().size(), 200));
    EXPECT_EQ(c.nodes, graph.rows().size());
    EXPECT_TRUE(valid_calibration(c));
    Scanner scanner(graph.store(), graph.space(), v);
    double hops = 0;
    for (float target : {0.8f, 0.9f, 0.95f, 0.98f}) {
        const StopRule rule = stop_rule(c, target);
        scanner.limits.epsilon = rule.epsilon;
        scanner.limits.batch_cap = rule.cap;
        const double recall = scanner.recall(q, 10);
        EXPECT_GE(recall, static_cast<double>(target) - 0.015) << target;
        const uint32_t expanded = scanner.run(q[0], 10).counters.expanded;
        EXPECT_GE(expanded + 5, hops);
        hops = expanded;
    }
    // A low target is cheaper than a high one, and not answered as if it were high.
    scanner.limits.epsilon = stop_rule(c, 0.8f).epsilon;
    scanner.limits.batch_cap = stop_rule(c, 0.8f).cap;
    EXPECT_LE(scanner.recall(q, 10), 0.92);
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

TEST(SampleCountTest, FollowsTheCostOfTheBuild) {
    EXPECT_EQ(sample_count(0, 200), 0u);
    EXPECT_EQ(sample_count(4 * kNearest - 1, 200), 0u);
    EXPECT_EQ(sample_count(100, 200), 25u);
    EXPECT_EQ(sample_count(1000000, 200), kMaxSamples);
    EXPECT_EQ(sample_count(1000000, 4), kMinSamples);
}

TEST(FindNearestTest, FindsTheExactNearest) {
    for (size_t dims : {8u, 100u}) {
        const Vectors v = test::clustered(500, dims, 1);
        Graph graph(Metric::L2, v, choose_layout(static_cast<uint32_t>(dims), 8), {8, 40, 1});
        for (unsigned threads : {1u, 2u}) {
            MallocArena arena;
            Samples samples{};
            ASSERT_EQ(find_nearest(graph.rows(), graph.packed(), 20, 5, threads, arena.arena(),
                                   test::kNoPoll, &samples),
                      Parallel::Done);
            ASSERT_EQ(samples.count, 20u);
            for (uint32_t s = 0; s < 20; ++s) {
                const NodeId id = samples.ids[s];
                ASSERT_LT(id, 500u);
                // The tenth nearest beside itself, by the vectors: the eleventh with itself.
                const double last =
                    test::nearest_distance(Metric::L2, v, v[id], kNearest + 1) * (1 + 1e-4);
                for (uint32_t k = 0; k < kNearest; ++k) {
                    const NodeId other = samples.nearest[s * kNearest + k];
                    EXPECT_NE(other, id);
                    EXPECT_LE(test::operator_distance(Metric::L2, v[id], v[other], dims), last);
                }
            }
        }
    }
}

TEST(FindNearestTest, FindsTheExactNearestBitStrings) {
    for (Metric metric : {Metric::Hamming, Metric::Jaccard}) {
        const Vectors v = test::clustered_bits(500, 32, 1);
        Graph graph(metric, v, test::with_form(32, 8, test::kBinarySplit), {8, 40, 1});
        MallocArena arena;
        Samples samples{};
        ASSERT_EQ(find_nearest(graph.rows(), graph.packed(), 20, 5, 2, arena.arena(), test::kNoPoll,
                               &samples),
                  Parallel::Done);
        for (uint32_t s = 0; s < 20; ++s) {
            const NodeId id = samples.ids[s];
            const double last = test::nearest_distance(metric, v, v[id], kNearest + 1);
            for (uint32_t k = 0; k < kNearest; ++k) {
                const NodeId other = samples.nearest[s * kNearest + k];
                EXPECT_NE(other, id);
                EXPECT_LE(test::operator_distance(metric, v[id], v[other], 32), last);
            }
        }
    }
}

// Traces made by hand: 60 queries that have found k of ten at epsilon k/100 after 10 k steps.
TEST(ChooseRulesTest, TakesTheCheapestRuleThatReachesALevel) {
    std::vector<Step> steps;
    for (uint32_t i = 0; i <= 100; ++i)
        steps.push_back({static_cast<float>(i) / 1000.0f, i / 10});
    steps.push_back({3e38f, 10});
    const std::vector<Trace> traces(60, {101, steps.data()});
    const Calibration c = choose_rules(traces.data(), 60, 1234);
    EXPECT_EQ(c.samples, 60u);
    EXPECT_EQ(c.nodes, 1234u);
    float before = -1.0f;
    for (const StopRule& rule : c.rules) {
        // All queries are alike, so that there is no error to be safe from.
        const auto wanted = static_cast<uint32_t>(std::ceil(rule.recall * 10.0f));
        const auto stop = std::min(static_cast<uint32_t>(rule.epsilon * 1000.0f) + 1, rule.cap);
        EXPECT_GE(stop, 10 * wanted) << rule.recall;
        EXPECT_LE(stop, 10 * wanted + 30) << rule.recall;
        EXPECT_GE(rule.epsilon, before);
        before = rule.epsilon;
    }
}

}  // namespace
}  // namespace vectidx
