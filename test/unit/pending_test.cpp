// Entries of the pending list, and sets of heap TIDs.
#include "core/layout/pending.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "core/base/random.hpp"
#include "core/layout/tid_set.hpp"

#include "support/graph.hpp"

namespace vectidx {
namespace {

TEST(PendingTest, LaysEntriesOutOnPages) {
    for (uint32_t padded = 64; padded <= 16064; padded += 64) {
        const PendingLayout layout = pending_layout(padded);
        EXPECT_EQ(layout.entry_size, 32 + 2 * padded);
        EXPECT_GE(layout.entries_per_page, 1u);
        EXPECT_TRUE(layout.blocks_per_page == 1 || layout.entries_per_page == 1);
        EXPECT_LE(size_t{layout.entries_per_page} * layout.entry_size,
                  layout.blocks_per_page * kPagePayload);
        EXPECT_GT((layout.entries_per_page + 1) * size_t{layout.entry_size},
                  layout.blocks_per_page * kPagePayload);
    }
}

TEST(PendingTest, GivesBackWhatItTookAndSeesDamage) {
    constexpr uint32_t kPadded = 128;
    Random random(1);
    std::vector<int16_t> values(kPadded);
    for (int16_t& v : values)
        v = static_cast<int16_t>(static_cast<int>(random.below(65025)) - 32512);
    std::vector<uint64_t> bytes(pending_layout(kPadded).entry_size / 8);
    write_entry({values.data(), 0.25f, 2.0f, 77, kScaledDown}, test::tid_of(70000), kPadded,
                bytes.data());
    auto& entry = *reinterpret_cast<PendingEntry*>(bytes.data());
    ASSERT_TRUE(valid_entry(entry, kPadded));
    EXPECT_EQ(entry.state, PendingState::Waiting);
    EXPECT_EQ(test::row_of(entry.tid), 70000u);
    const StoredVector x = vector_of(entry);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), x.values));
    EXPECT_EQ(x.scale, 0.25f);
    EXPECT_EQ(x.norm2, 2.0f);
    EXPECT_EQ(x.source_checksum, 77u);
    EXPECT_EQ(x.flags, kScaledDown);

    entry.state = PendingState::Removed;
    EXPECT_TRUE(valid_entry(entry, kPadded));
    entry.state = static_cast<PendingState>(3);
    EXPECT_FALSE(valid_entry(entry, kPadded));
    entry.state = PendingState::Waiting;
    for (size_t at = sizeof(PendingEntry); at < bytes.size() * 8; ++at) {
        auto* byte = reinterpret_cast<uint8_t*>(bytes.data()) + at;
        *byte ^= 1;
        EXPECT_FALSE(valid_entry(entry, kPadded)) << at;
        *byte ^= 1;
    }
}

TEST(TidSetTest, HoldsWhatASetHolds) {
    test::MallocArena arena;
    TidSet set(arena.arena());
    EXPECT_TRUE(set.empty());
    EXPECT_FALSE(set.contains(test::tid_of(0)));
    std::set<size_t> reference;
    Random random(2);
    for (int i = 0; i < 20000; ++i) {
        const auto row = static_cast<size_t>(random.below(30000));
        EXPECT_EQ(set.insert(test::tid_of(row)), reference.insert(row).second);
    }
    for (size_t row = 0; row < 30000; ++row)
        EXPECT_EQ(set.contains(test::tid_of(row)), reference.count(row) == 1) << row;
}

}  // namespace
}  // namespace vectidx
