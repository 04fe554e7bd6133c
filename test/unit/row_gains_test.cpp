// Rows that several searches met, and how far down their list a row may belong among the best.
#include "core/graph/row_gains.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

#include "support/malloc_arena.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

HeapTid tid(uint32_t number) {
    return {static_cast<uint16_t>(number >> 24), static_cast<uint16_t>(number >> 8),
            static_cast<uint16_t>(number & 0xFF)};
}

TEST(RowGainsTest, TheLargestGainOfEachSearchCounts) {
    MallocArena arena;
    RowGains gains(arena);
    gains.begin_search();
    gains.add(tid(1), 0.5f);
    gains.add(tid(1), 2.0f);
    gains.add(tid(1), 1.0f);
    gains.add(tid(2), 0.25f);
    gains.begin_search();
    gains.add(tid(1), 0.125f);
    gains.add(tid(3), -1.0f);  // below the floor
    EXPECT_EQ(gains.find(tid(1)).gain, 2.125f);
    EXPECT_EQ(gains.find(tid(2)).gain, 0.25f);
    EXPECT_EQ(gains.find(tid(3)).gain, 0.0f);
    EXPECT_EQ(gains.rows().size(), 3u);
}

TEST(RowGainsTest, RestartKeepsRowsAndWhatWasMeasured) {
    MallocArena arena;
    RowGains gains(arena);
    gains.begin_search();
    gains.add(tid(7), 3.0f);
    gains.find(tid(7)).state = GainedRow::Measured;
    gains.find(tid(7)).distance = -4.5;
    gains.restart();
    EXPECT_EQ(gains.find(tid(7)).gain, 0.0f);
    gains.begin_search();
    gains.add(tid(7), 1.0f);
    EXPECT_EQ(gains.find(tid(7)).gain, 1.0f);
    EXPECT_EQ(gains.find(tid(7)).distance, -4.5);
    EXPECT_EQ(gains.find(tid(8)).state, GainedRow::Met);
    EXPECT_EQ(gains.rows().size(), 2u);
}

TEST(RowGainsTest, SumsAreThoseOfAMap) {
    MallocArena arena;
    RowGains gains(arena);
    std::mt19937 random(1);
    std::map<uint32_t, float> sums;
    for (int search = 0; search < 20; ++search) {
        std::map<uint32_t, float> best;
        gains.begin_search();
        for (int i = 0; i < 2000; ++i) {
            const uint32_t row = random() % 3000 * 77777;
            const float gain = static_cast<float>(random() % 1024);
            gains.add(tid(row), gain);
            best[row] = std::max(best[row], gain);
        }
        for (const auto& [row, gain] : best)
            sums[row] += gain;
    }
    ASSERT_EQ(gains.rows().size(), sums.size());
    for (const auto& [row, sum] : sums)
        EXPECT_EQ(gains.find(tid(row)).gain, sum);
}

TEST(RowGainsTest, LeastGainLiesBelowMostOfTheGains) {
    std::mt19937 random(2);
    std::normal_distribution<float> root(4.0f, 1.0f);
    std::vector<float> gains(4000);
    for (float& gain : gains)
        gain = std::pow(std::max(0.0f, root(random)), 2.0f);
    const auto lower = [&](float deviations) {
        const float least = least_gain(gains.data(), 4000, deviations) / 0.6f;
        return std::count_if(gains.begin(), gains.end(), [=](float x) { return x < least; }) / 4e3;
    };
    EXPECT_NEAR(lower(0.84f), 0.2, 0.02);
    EXPECT_NEAR(lower(1.645f), 0.05, 0.01);
    EXPECT_EQ(least_gain(gains.data(), 4000, 50.0f), 0.0f);
    const float same[] = {2.0f, 2.0f, 2.0f};
    EXPECT_NEAR(least_gain(same, 3, 3.0f), 1.2f, 1e-5f);
    EXPECT_NEAR(least_gain(same, 1, 3.0f), 1.2f, 1e-5f);
}

// Rows that each of n searches meets with some probability: how many were met by none is about what
// those met once and twice tell.
TEST(RowGainsTest, RowsThatNoSearchMetFollowFromThoseMetOnceAndTwice) {
    std::mt19937 random(3);
    for (const auto& [searches, part] : {std::pair{2u, 0.5}, {3u, 0.3}, {8u, 0.1}, {32u, 0.05}}) {
        std::binomial_distribution<uint32_t> times(searches, part);
        uint32_t met[3] = {};
        for (uint32_t row = 0; row < 20000; ++row) {
            const uint32_t t = times(random);
            if (t < 3) ++met[t];
        }
        EXPECT_NEAR(rows_not_met(searches, met[1], met[2]) / static_cast<float>(met[0]), 1.0, 0.1)
            << searches;
    }
    // A single search gives the row's own distance. And rows that were met often hide none.
    EXPECT_EQ(rows_not_met(1, 10, 0), 0.0f);
    EXPECT_EQ(rows_not_met(0, 0, 0), 0.0f);
    EXPECT_EQ(rows_not_met(32, 0, 3), 0.0f);
    EXPECT_EQ(rows_not_met(32, 1, 0), 0.0f);
}

}  // namespace
}  // namespace vectidx
