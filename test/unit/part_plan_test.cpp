// Parts of near leaders, and which of them a row is in.
#include "core/construct/part_plan.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <vector>

#include "core/base/random.hpp"

#include "support/malloc_arena.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

// Leaders and rows are points of a line.
struct Line {
    std::vector<float> leaders;
    std::vector<NearLeaders> rows;
    MallocArena arena;
    std::unique_ptr<PartPlan> plan;

    void add(float at, uint32_t hash) {
        std::vector<uint32_t> order(leaders.size());
        for (uint32_t i = 0; i < order.size(); ++i)
            order[i] = i;
        const auto squared = [&](uint32_t i) { return (leaders[i] - at) * (leaders[i] - at); };
        std::stable_sort(order.begin(), order.end(),
                         [&](uint32_t a, uint32_t b) { return squared(a) < squared(b); });
        NearLeaders row{hash, {}, {}};
        std::fill_n(row.leader, kPartLeaders, kNoNode);
        for (uint32_t k = 0; k < std::min<size_t>(kPartLeaders, order.size()); ++k) {
            row.leader[k] = order[k];
            row.distance[k] = squared(order[k]);
        }
        rows.push_back(row);
    }
    void make(uint32_t parts, uint64_t most, uint64_t most_of_leader) {
        plan = std::make_unique<PartPlan>(static_cast<uint32_t>(leaders.size()), arena);
        for (const NearLeaders& row : rows)
            plan->count_nearest(row);
        plan->drop_hubs(most_of_leader);
        for (const NearLeaders& row : rows)
            plan->count(row);
        plan->pack(parts, most, [this](uint32_t a, uint32_t b) {
            return (leaders[a] - leaders[b]) * (leaders[a] - leaders[b]);
        });
        for (const NearLeaders& row : rows)
            plan->tally(plan->choose(row));
    }
};

// A thousand rows at 0, 1, ..., and a leader at the middle of each ten.
struct EvenLine : Line {
    EvenLine() {
        for (int i = 0; i < 100; ++i)
            leaders.push_back(static_cast<float>(10 * i) + 4.5f);
        for (uint32_t i = 0; i < 1000; ++i)
            add(static_cast<float>(i), i * 2654435761u);
    }
};

TEST(PartPlanTest, CutsALineIntoEqualPieces) {
    for (uint32_t parts : {1u, 2u, 3u, 5u, 10u, 100u}) {
        EvenLine line;
        line.make(parts, 1000 / parts + 20, 1000);
        ASSERT_EQ(line.plan->parts(), parts);
        std::vector<uint32_t> first(parts, 1000), last(parts, 0);
        for (uint32_t i = 0; i < 1000; ++i) {
            const uint32_t part = line.plan->choose(line.rows[i]).part;
            first[part] = std::min(first[part], i);
            last[part] = std::max(last[part], i);
        }
        for (uint32_t part = 0; part < parts; ++part) {
            EXPECT_NEAR(static_cast<double>(line.plan->part_rows(part)), 1000.0 / parts, 20);
            EXPECT_EQ(line.plan->part_rows(part), last[part] - first[part] + 1) << "not one piece";
        }
        // Near parts have near numbers: the first half of them is one half of the line.
        const uint32_t half = parts / 2;
        for (uint32_t part = half; part < parts; ++part)
            for (uint32_t other = 0; other < half; ++other)
                EXPECT_EQ(last[other] < first[part], last[0] < first[parts - 1]);
    }
}

TEST(PartPlanTest, MakesMorePartsUntilNoneIsTooLarge) {
    EvenLine line;
    line.make(2, 90, 1000);
    EXPECT_GE(line.plan->parts(), 12u);
    EXPECT_LE(line.plan->parts(), 25u);
    for (uint32_t part = 0; part < line.plan->parts(); ++part)
        EXPECT_LE(line.plan->part_rows(part), 90u);
}

TEST(PartPlanTest, CopiesRowsAtTheBorder) {
    EvenLine line;
    line.make(2, 1000, 1000);
    const uint32_t copied = line.plan->copied_gaps(100);
    uint32_t copies = 0;
    for (uint32_t i = 0; i < 1000; ++i) {
        const PartChoice choice = line.plan->choose(line.rows[i]);
        EXPECT_EQ(choice.other[1], kNoPart) << "there are two parts";
        if (choice.other[0] == kNoPart || choice.gap[0] >= copied) continue;
        ++copies;
        EXPECT_EQ(choice.other[0], 1 - choice.part);
        EXPECT_NEAR(static_cast<double>(i), 500, 35) << "far from the border";
    }
    EXPECT_GT(copies, 5u);
    EXPECT_LE(copies, 100u);
    // All that have the smallest gap have copies at least, and nobody where there is no other part.
    const uint32_t least = line.plan->copied_gaps(0);
    for (const NearLeaders& row : line.rows) {
        const PartChoice choice = line.plan->choose(row);
        EXPECT_TRUE(choice.other[0] == kNoPart || choice.gap[0] == 0 || choice.gap[0] >= least);
    }
    EvenLine whole;
    whole.make(1, 1000, 1000);
    for (const NearLeaders& row : whole.rows)
        EXPECT_EQ(whole.plan->choose(row).other[0], kNoPart);
}

TEST(PartPlanTest, GivesTheRowsOfAHubToTheNextLeaders) {
    // The first leader is in the middle of each: all rows are nearest to it.
    Line line;
    line.leaders = {0, 30, 40, 50};
    for (uint32_t i = 0; i < 400; ++i) {
        line.add(0, i * 2654435761u);
        NearLeaders& row = line.rows.back();
        row.leader[1] = 1 + i % 3;
        row.leader[2] = 1 + (i + 1) % 3;
    }
    line.make(3, 200, 100);
    ASSERT_GE(line.plan->parts(), 3u);
    std::set<uint32_t> parts;
    for (const NearLeaders& row : line.rows)
        parts.insert(line.plan->choose(row).part);
    EXPECT_EQ(parts.size(), 3u);
    for (const NearLeaders& row : line.rows)
        EXPECT_EQ(line.plan->choose(row).part,
                  line.plan->choose(line.rows[row.leader[1] - 1]).part);
}

TEST(PartPlanTest, DividesTheRowsOfOneLeaderByHash) {
    // Nearly equal rows: one leader, as far from all.
    Line line;
    line.leaders = {0};
    Random random(1);
    for (uint32_t i = 0; i < 10000; ++i)
        line.add(1, static_cast<uint32_t>(random.next()));
    line.make(2, 1000, 100);
    EXPECT_GE(line.plan->parts(), 10u);
    EXPECT_LE(line.plan->parts(), 40u);
    for (uint32_t part = 0; part < line.plan->parts(); ++part) {
        EXPECT_GT(line.plan->part_rows(part), 0u);
        EXPECT_LE(line.plan->part_rows(part), 1100u);
    }
    for (const NearLeaders& row : line.rows) {
        const PartChoice choice = line.plan->choose(row);
        EXPECT_NE(choice.other[0], choice.part);
        EXPECT_NE(choice.other[0], kNoPart) << "each piece needs links to others";
        EXPECT_EQ(choice.gap[0], 0u);
        EXPECT_EQ(line.plan->choose({row.hash, {0, kNoNode}, {5}}).part, choice.part)
            << "the part of a vector depends on its hash alone";
    }
}

TEST(PartPlanTest, PutsEqualVectorsIntoOnePart) {
    Line line;
    line.leaders = {0, 100};
    for (uint32_t i = 0; i < 5000; ++i)
        line.add(1, 7);
    line.make(3, 1000, 100);
    for (const NearLeaders& row : line.rows)
        EXPECT_EQ(line.plan->choose(row).part, line.plan->choose(line.rows[0]).part);
}

TEST(PartPlanTest, TakesAnyNumbers) {
    Random random(3);
    for (int round = 0; round < 200; ++round) {
        Line line;
        const uint64_t leaders = 1 + random.below(40), rows = 1 + random.below(500);
        for (uint64_t i = 0; i < leaders; ++i)
            line.leaders.push_back(static_cast<float>(random.below(50)));
        for (uint64_t i = 0; i < rows; ++i)
            line.add(static_cast<float>(random.below(60)), static_cast<uint32_t>(random.next()));
        line.make(static_cast<uint32_t>(1 + random.below(50)), 1 + random.below(300),
                  random.below(100));
        uint64_t tallied = 0;
        for (uint32_t part = 0; part < line.plan->parts(); ++part)
            tallied += line.plan->part_rows(part);
        EXPECT_EQ(tallied, rows);
        for (const NearLeaders& row : line.rows) {
            const PartChoice choice = line.plan->choose(row);
            ASSERT_LT(choice.part, line.plan->parts());
            for (uint32_t k = 0; k < kMostCopies; ++k) {
                ASSERT_LT(choice.gap[k], kGaps);
                ASSERT_TRUE(choice.other[k] == kNoPart || choice.other[k] < line.plan->parts());
                ASSERT_NE(choice.other[k], choice.part);
            }
            ASSERT_TRUE(choice.other[0] != choice.other[1] || choice.other[0] == kNoPart);
        }
    }
}

}  // namespace
}  // namespace vectidx
