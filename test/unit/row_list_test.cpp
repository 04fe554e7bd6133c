// A list of rows against a set of the same: what was added is there, and in little memory, too.
#include "core/layout/row_list.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "support/malloc_arena.hpp"

namespace vectidx {
namespace {

HeapTid tid(BlockNo block, uint32_t offset) {
    return {static_cast<uint16_t>(block >> 16), static_cast<uint16_t>(block & 0xFFFF),
            static_cast<uint16_t>(offset)};
}

// Pages by their blocks; no offsets: the whole page.
using Pages = std::map<BlockNo, std::set<uint16_t>>;

Pages random_pages(size_t count, BlockNo blocks, uint32_t seed) {
    std::mt19937 random(seed);
    Pages pages;
    while (pages.size() < count) {
        auto& offsets = pages[random() % blocks];
        if (random() % 5 == 0) continue;
        for (uint32_t i = 1 + random() % 20; i > 0; --i)
            offsets.insert(static_cast<uint16_t>(1 + random() % 291));
    }
    return pages;
}

void fill(RowList& list, const Pages& pages) {
    for (const auto& [block, offsets] : pages) {
        const std::vector<uint16_t> all(offsets.begin(), offsets.end());
        if (all.empty())
            list.add_whole_pages(block, 1);
        else
            list.add_page(block, all.data(), static_cast<uint32_t>(all.size()));
    }
    list.finish();
}

TEST(RowListTest, HasWhatWasAdded) {
    for (const BlockNo blocks : {300u, 5000u, 100000000u}) {
        test::MallocArena arena;
        RowList list(arena, SIZE_MAX);
        const Pages pages = random_pages(200, blocks, blocks);
        fill(list, pages);
        uint64_t rows = 0, whole = 0;
        for (const auto& [block, offsets] : pages) {
            rows += offsets.size();
            whole += offsets.empty();
            for (uint32_t offset = 1; offset <= 300; ++offset) {
                const bool there =
                    offsets.empty() || offsets.contains(static_cast<uint16_t>(offset));
                ASSERT_EQ(list.contains(tid(block, offset)), there) << block << " " << offset;
            }
            EXPECT_TRUE(pages.contains(block + 1) || !list.contains(tid(block + 1, 1)));
        }
        EXPECT_EQ(list.rows(), rows);
        EXPECT_EQ(list.whole_pages(), whole);
        EXPECT_FALSE(list.contains(tid(0xFFFFFFFE, 1)));
    }
}

TEST(RowListTest, HasNothingWhenNothingWasAdded) {
    test::MallocArena arena;
    RowList list(arena, 1000);
    list.finish();
    EXPECT_FALSE(list.contains(tid(0, 1)));
    EXPECT_TRUE(list.runs().empty());
}

// Every row is on it once, front to back.
TEST(RowListTest, IsReadFromFrontToBack) {
    test::MallocArena arena;
    RowList list(arena, SIZE_MAX);
    const Pages pages = random_pages(500, 800, 5);
    fill(list, pages);
    Pages read;
    BlockNo next = 0;
    for (uint32_t at = 0; at < list.runs().size(); ++at) {
        const RowList::Run& run = list.runs()[at];
        ASSERT_GE(run.block, next);
        next = run.block + run.count;
        for (uint32_t i = 0; i < run.count; ++i) {
            auto& offsets = read[run.block + i];
            for (uint32_t offset = 0; offset < list.end_offset(at); ++offset)
                if (list.has_bit(at, offset)) offsets.insert(static_cast<uint16_t>(offset));
        }
    }
    EXPECT_EQ(read, pages);
}

TEST(RowListTest, KeepsToItsMemory) {
    for (const size_t most : {1000u, 4000u, 20000u}) {
        test::MallocArena arena;
        RowList list(arena, most);
        const Pages pages = random_pages(3000, 100000, 9);
        fill(list, pages);
        EXPECT_LE(list.bytes(), most);
        for (const auto& [block, offsets] : pages)
            for (uint16_t offset : offsets)
                ASSERT_TRUE(list.contains(tid(block, offset)));
    }
}

}  // namespace
}  // namespace vectidx
