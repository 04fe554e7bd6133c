// Leaders as means of a sample, and the nearest of them.
#include "core/construct/part_leaders.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::Vectors;

// Forty clusters of the rows of a graph, whose Rows are what is divided.
struct Led {
    Graph graph;
    MallocArena arena;
    PartLeaders leaders;

    Led(Metric metric, uint32_t dims, uint32_t rows, unsigned threads)
        : graph(metric, test::clustered_for(metric, rows, dims, 1),
                test::with_form(dims, 4,
                                metric == Metric::Hamming
                                    ? test::kBinarySplit
                                    : test::NodeForm{VectorPlacement::Inline, Storage::Half, true}),
                {4, 10, 1}),
          leaders(graph.layout(), graph.space(), threads, arena) {
        std::vector<int16_t> values(graph.layout().words);
        for (uint32_t i = 0; i < graph.rows().size(); i += 2)
            leaders.sample(graph.rows().stored(i, values.data()));
    }
    std::vector<NearLeaders> nearest() {
        std::vector<NearLeaders> near(graph.rows().size());
        EXPECT_EQ(leaders.nearest(graph.rows(), arena, near.data(), test::kNoPoll), Parallel::Done);
        return near;
    }
};

TEST(PartLeadersTest, FindsTheNearestInOrder) {
    for (uint32_t dims : {30u, 200u}) {
        Led led(Metric::L2, dims, 2000, 2);
        ASSERT_EQ(led.leaders.choose(50, test::kNoPoll), Parallel::Done);
        ASSERT_EQ(led.leaders.size(), 50u);
        for (const NearLeaders& near : led.nearest()) {
            for (uint32_t k = 0; k + 1 < kPartLeaders; ++k) {
                ASSERT_LT(near.leader[k], 50u);
                EXPECT_LE(near.distance[k], near.distance[k + 1]);
                EXPECT_NE(near.leader[k], near.leader[k + 1]);
            }
        }
        for (uint32_t i = 0; i < 50; ++i) {
            EXPECT_NEAR(led.leaders.distance(i, (i + 7) % 50),
                        led.leaders.distance((i + 7) % 50, i),
                        1e-3f * led.leaders.distance(i, (i + 7) % 50));
            EXPECT_NEAR(led.leaders.distance(i, i), 0, 1e-3f * led.leaders.distance(0, 1));
        }
    }
}

// Rows are nearer to means than to as many rows.
TEST(PartLeadersTest, ImprovesOnRows) {
    Led means(Metric::L2, 100, 4000, 1);
    ASSERT_EQ(means.leaders.choose(64, test::kNoPoll), Parallel::Done);
    double of_means = 0, of_rows = 0;
    for (const NearLeaders& near : means.nearest())
        of_means += near.distance[0];
    // As many leaders as sampled rows: each is the mean of itself.
    Led rows(Metric::L2, 100, 4000, 1);
    MallocArena arena;
    PartLeaders some(rows.graph.layout(), rows.graph.space(), 1, arena);
    std::vector<int16_t> values(rows.graph.layout().words);
    for (uint32_t i = 0; i < 64; ++i)
        some.sample(rows.graph.rows().stored(i * rows.graph.rows().size() / 64, values.data()));
    ASSERT_EQ(some.choose(64, test::kNoPoll), Parallel::Done);
    std::vector<NearLeaders> near(rows.graph.rows().size());
    ASSERT_EQ(some.nearest(rows.graph.rows(), arena, near.data(), test::kNoPoll), Parallel::Done);
    for (const NearLeaders& one : near)
        of_rows += one.distance[0];
    EXPECT_LT(of_means, 0.8 * of_rows);
}

// The same for equal vectors, whatever batch they come in, with any number of threads.
TEST(PartLeadersTest, DependsOnTheVectorAlone) {
    for (Metric metric : {Metric::L2, Metric::Hamming})
        for (uint32_t dims : {64u, 256u}) {
            Led a(metric, dims, 1500, 1), b(metric, dims, 1500, 3);
            ASSERT_EQ(a.leaders.choose(40, test::kNoPoll), Parallel::Done);
            ASSERT_EQ(b.leaders.choose(40, test::kNoPoll), Parallel::Done);
            const std::vector<NearLeaders> whole = a.nearest();
            MallocArena arena;
            Rows some(b.graph.layout(), arena);
            std::vector<int16_t> values(b.graph.layout().words);
            std::vector<uint32_t> from;
            for (uint32_t i = b.graph.rows().size(); i > 0; i -= std::min(i, 3u)) {
                some.place(b.graph.rows().stored(i - 1, values.data()), {});
                from.push_back(i - 1);
            }
            std::vector<NearLeaders> near(some.size());
            ASSERT_EQ(b.leaders.nearest(some, arena, near.data(), test::kNoPoll), Parallel::Done);
            for (uint32_t i = 0; i < some.size(); ++i)
                EXPECT_EQ(std::memcmp(&near[i], &whole[from[i]], sizeof(NearLeaders)), 0) << i;
        }
}

TEST(PartLeadersTest, TakesFewAndEqualRows) {
    Led led(Metric::L2, 64, 500, 1);
    MallocArena arena;
    PartLeaders one(led.graph.layout(), led.graph.space(), 1, arena);
    std::vector<int16_t> values(led.graph.layout().words);
    for (int i = 0; i < 10; ++i)
        one.sample(led.graph.rows().stored(7, values.data()));
    ASSERT_EQ(one.choose(100, test::kNoPoll), Parallel::Done);
    ASSERT_EQ(one.size(), 1u);
    std::vector<NearLeaders> near(led.graph.rows().size());
    ASSERT_EQ(one.nearest(led.graph.rows(), arena, near.data(), test::kNoPoll), Parallel::Done);
    for (const NearLeaders& row : near) {
        EXPECT_EQ(row.leader[0], 0u);
        EXPECT_EQ(row.leader[1], kNoNode);
    }
}

TEST(PartLeadersTest, StopsWhenCanceled) {
    Led led(Metric::L2, 64, 3000, 1);
    const Poll poll{[](void*, size_t) { return true; }, nullptr};
    EXPECT_EQ(led.leaders.choose(100, poll), Parallel::Stopped);
}

}  // namespace
}  // namespace vectidx
