// Runs of free blocks.
#include "core/layout/free_page.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "core/base/random.hpp"

namespace vectidx {
namespace {

constexpr auto kReady = [](uint64_t xid) { return xid == 0; };

std::set<BlockNo> blocks_of(const FreeList& list) {
    std::set<BlockNo> blocks;
    for (uint32_t i = 0; i < list.size(); ++i)
        for (uint32_t k = 0; k < list[i].count; ++k)
            EXPECT_TRUE(blocks.insert(list[i].first + k).second);
    return blocks;
}

FreeList reloaded(const FreeList& list) {
    FreeList copy;
    EXPECT_TRUE(copy.load(list.data(), list.size()));
    EXPECT_EQ(copy.size(), list.size());
    return copy;
}

TEST(FreeListTest, JoinsNeighborsThatAreReadyTogether) {
    FreeList list;
    list.add({10, 5, 0});
    list.add({20, 5, 0});
    EXPECT_EQ(list.size(), 2u);
    list.add({15, 5, 0});
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].first, 10u);
    EXPECT_EQ(list[0].count, 15u);
    list.add({25, 5, 7});
    list.add({5, 5, 7});
    EXPECT_EQ(list.size(), 3u);
    list.add({30, 1, 7});
    EXPECT_EQ(list.size(), 3u);
    EXPECT_EQ(list.find(30)->ready_xid, 7u);
    EXPECT_EQ(list.find(24)->ready_xid, 0u);
    EXPECT_EQ(list.find(31), nullptr);
    EXPECT_EQ(list.find(4), nullptr);
    reloaded(list);
}

TEST(FreeListTest, ChoosesRuns) {
    FreeList list;
    list.add({10, 4, 0});
    list.add({20, 9, 0});
    list.add({40, 2, 0});
    list.add({50, 30, 9});  // not ready
    EXPECT_EQ(list[list.find_longest(1, kReady)].first, 20u);
    EXPECT_EQ(list[list.find_shortest(1, kReady)].first, 40u);
    EXPECT_EQ(list[list.find_shortest(3, kReady)].first, 10u);
    EXPECT_EQ(list[list.find_lowest(5, kReady)].first, 20u);
    EXPECT_EQ(list[list.find_at(20, 9, kReady)].first, 20u);
    EXPECT_EQ(list.find_at(20, 10, kReady), list.size());
    EXPECT_EQ(list.find_at(21, 1, kReady), list.size());
    EXPECT_EQ(list.find_at(50, 1, kReady), list.size());
    EXPECT_EQ(list.find_longest(10, kReady), list.size());

    const vectidx::Run front = list.take_front(list.find_at(20, 3, kReady), 3);
    EXPECT_EQ(front.first, 20u);
    EXPECT_EQ(list.find(22), nullptr);
    const vectidx::Run back = list.take_back(list.find_at(23, 1, kReady), 2);
    EXPECT_EQ(back.first, 27u);
    EXPECT_EQ(list.find(27), nullptr);
    EXPECT_NE(list.find(26), nullptr);
    list.take_back(list.find_at(40, 2, kReady), 2);
    EXPECT_EQ(list.find(40), nullptr);
    EXPECT_EQ(list.size(), 3u);
}

TEST(FreeListTest, DropsWhatIsBeyondTheEnd) {
    FreeList list;
    list.add({10, 10, 0});
    list.add({30, 10, 0});
    EXPECT_FALSE(list.cut(40));
    EXPECT_TRUE(list.cut(35));
    EXPECT_EQ(list[1].count, 5u);
    EXPECT_TRUE(list.cut(30));
    EXPECT_EQ(list.size(), 1u);
    EXPECT_TRUE(list.cut(0));
    EXPECT_EQ(list.size(), 0u);
    EXPECT_FALSE(list.cut(0));
}

TEST(FreeListTest, KeepsTheLongestWhenFull) {
    FreeList list;
    for (uint32_t i = 0; i < kMaxFreeRuns; ++i)
        list.add({1 + 10 * i, 2 + (i == 100 ? 0 : i % 3), 0});
    EXPECT_EQ(list.size(), kMaxFreeRuns);
    list.add({100000, 1, 0});
    EXPECT_EQ(list.find(100000), nullptr);
    list.add({100000, 5, 0});
    EXPECT_NE(list.find(100000), nullptr);
    EXPECT_EQ(list.size(), kMaxFreeRuns);
    list.add({8, 2, 5});  // before all others but one
    EXPECT_EQ(list.size(), kMaxFreeRuns);
    reloaded(list);
}

TEST(FreeListTest, RefusesWhatNoWriterLeaves) {
    FreeList list;
    auto loads = [&](std::vector<FreeRun> runs) {
        const bool good = list.load(runs.data(), static_cast<uint32_t>(runs.size()));
        EXPECT_TRUE(good || list.size() == 0);
        return good;
    };
    EXPECT_TRUE(loads({}));
    EXPECT_TRUE(loads({{1, 2, 0}, {3, 4, 1}}));
    EXPECT_FALSE(loads({{0, 2, 0}}));
    EXPECT_FALSE(loads({{1, 0, 0}}));
    EXPECT_FALSE(loads({{1, 3, 0}, {3, 4, 1}}));
    EXPECT_FALSE(loads({{5, 1, 0}, {3, 1, 0}}));
    EXPECT_FALSE(loads({{5, UINT32_MAX, 0}}));
    EXPECT_FALSE(loads({{kNoBlock, 1, 0}}));
    EXPECT_FALSE(list.load(nullptr, kMaxFreeRuns + 1));
}

// Against a plain set of blocks.
TEST(FreeListTest, NamesEachFreeBlockOnce) {
    Random random(3);
    FreeList list;
    std::set<BlockNo> free;
    for (int step = 0; step < 20000; ++step) {
        if (random.below(2) == 0) {
            const auto first = static_cast<BlockNo>(1 + random.below(2000));
            uint32_t count = 0;
            while (count < 1 + random.below(9) && free.count(first + count) == 0)
                ++count;
            for (uint32_t i = 0; i < count; ++i)
                free.insert(first + i);
            list.add({first, count, first < 1000 ? 0u : 4u});
        } else {
            const auto least = static_cast<uint32_t>(1 + random.below(6));
            const uint32_t which = random.below(2) == 0 ? list.find_longest(least, kReady)
                                                        : list.find_shortest(least, kReady);
            if (which == list.size()) continue;
            const vectidx::Run run =
                random.below(2) == 0 ? list.take_front(which, least) : list.take_back(which, least);
            ASSERT_EQ(run.count, least);
            for (uint32_t i = 0; i < run.count; ++i)
                ASSERT_EQ(free.erase(run.first + i), 1u);
        }
        if (step % 1000 == 999) {
            const auto end = static_cast<BlockNo>(1500 + random.below(500));
            list.cut(end);
            free.erase(free.lower_bound(end), free.end());
            ASSERT_EQ(blocks_of(reloaded(list)), free);
        }
    }
}

}  // namespace
}  // namespace vectidx
