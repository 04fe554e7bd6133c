#include "core/construct/rows.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

NodeLayout layout_for(uint32_t dims) {
    return test::layout_of(test::with_form(dims, 4, VectorPlacement::Inline));
}

std::vector<int16_t> random_values(uint32_t n, Random& random) {
    std::vector<int16_t> values(n);
    for (int16_t& v : values)
        v = static_cast<int16_t>(static_cast<int>(random.below(65025)) - 32512);
    return values;
}

std::vector<size_t> tids_of(const Rows& rows, uint32_t i) {
    std::vector<size_t> all = {test::row_of(rows.row(i).tid)};
    for (uint32_t more = rows.row(i).more; more != kNoMore; more = rows.more(more).next)
        all.push_back(test::row_of(rows.more(more).tid));
    return all;
}

TEST(RowsTest, GivesBackWhatItTook) {
    for (uint32_t dims : {64u, 768u, 16000u}) {
        MallocArena arena;
        const NodeLayout layout = layout_for(dims == 16000 ? 1600 : dims);
        Rows rows(layout, arena.arena());
        Random random(dims);
        std::vector<std::vector<int16_t>> all;
        const size_t n = dims == 64 ? 20000 : 1500;
        for (size_t i = 0; i < n; ++i) {
            all.push_back(random_values(layout.padded, random));
            rows.add({all.back().data(), static_cast<float>(i), 2.0f, 0,
                      static_cast<uint8_t>(i % 2 == 0 ? kScaledDown : 0)},
                     test::tid_of(i));
        }
        ASSERT_EQ(rows.size(), n);
        std::vector<int16_t> got(layout.padded);
        for (uint32_t i = 0; i < n; ++i) {
            rows.values(i, got.data());
            ASSERT_EQ(got, all[i]);
            EXPECT_EQ(rows.row(i).scale, static_cast<float>(i));
            EXPECT_EQ(rows.row(i).norm2, 2.0f);
            EXPECT_EQ(rows.row(i).flags, i % 2 == 0 ? kScaledDown : 0);
            EXPECT_EQ(rows.row(i).tids, 1u);
            EXPECT_EQ(tids_of(rows, i), std::vector<size_t>{i});
        }
    }
}

// A vector that is scaled down to the limit has the bits of one that is as long as the limit.
TEST(RowsTest, KeepsScaledDownVectorsApart) {
    MallocArena arena;
    const NodeLayout layout = layout_for(64);
    Rows rows(layout, arena.arena());
    Random random(1);
    const std::vector<int16_t> values = random_values(layout.padded, random);
    for (uint32_t i = 0; i < 4; ++i)
        rows.add({values.data(), 1.0f, 2.0f, 0, static_cast<uint8_t>(i % 2 == 0 ? kScaledDown : 0)},
                 test::tid_of(i));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows.row(0).flags, kScaledDown);
    EXPECT_EQ(tids_of(rows, 0).size(), 2u);
    EXPECT_EQ(rows.row(1).flags, 0);
    EXPECT_EQ(tids_of(rows, 1).size(), 2u);
}

// place() is add() but for the TIDs of equal vectors; bytes_for() foretells bytes().
TEST(RowsTest, LeavesTidsOfEqualVectorsToTheCaller) {
    for (uint32_t dims : {64u, 700u}) {
        MallocArena arena;
        const NodeLayout layout = layout_for(dims);
        Rows rows(layout, arena.arena());
        Random random(1);
        std::vector<int16_t> values = random_values(layout.padded, random);
        for (uint32_t i = 0; i < 5000; ++i) {
            values[0] = static_cast<int16_t>(i);
            ASSERT_EQ(rows.place({values.data(), 1.0f, 0.0f, 5, 0}, test::tid_of(2 * i)), i);
            const auto bytes = static_cast<double>(rows.bytes());
            EXPECT_NEAR(static_cast<double>(Rows::bytes_for(layout, i + 1)), bytes,
                        0.001 * bytes + 1024);
            ASSERT_EQ(
                rows.place({values.data(), 1.0f, 0.0f, i % 2 + 5, 0}, test::tid_of(2 * i + 1)), i);
            ASSERT_EQ(rows.size(), i + 1);
            EXPECT_EQ(tids_of(rows, i), std::vector<size_t>{2 * i});
            EXPECT_EQ(rows.row(i).tids, 1u);
            EXPECT_EQ(rows.row(i).flags, i % 2 == 0 ? 0 : kSharedNode) << "of different sources";
        }
        std::vector<int16_t> got(layout.words);
        const StoredVector x = rows.stored(77, got.data());
        EXPECT_EQ(x.values[0], 77);
        EXPECT_EQ(x.values[1], values[1]);
        EXPECT_EQ(x.source_checksum, 5u);
        EXPECT_EQ(x.scale, 1.0f);
        EXPECT_EQ(x.flags, kSharedNode);
    }
}

TEST(RowsTest, KeepsEqualVectorsOnce) {
    MallocArena arena;
    const NodeLayout layout = layout_for(20);
    Rows rows(layout, arena.arena());
    Random random(1);
    std::vector<std::vector<int16_t>> distinct;
    for (int i = 0; i < 50; ++i)
        distinct.push_back(random_values(layout.padded, random));
    std::map<size_t, std::vector<size_t>> expected;
    for (size_t i = 0; i < 10000; ++i) {
        const size_t which = i < 50 ? i : random.below(50);
        rows.add({distinct[which].data(), 1.0f, 0.0f, 0, 0}, test::tid_of(i));
        expected[which].push_back(i);
    }
    ASSERT_EQ(rows.size(), 50u);
    for (uint32_t i = 0; i < 50; ++i) {
        std::vector<size_t> tids = tids_of(rows, i);
        EXPECT_EQ(rows.row(i).tids, tids.size());
        std::sort(tids.begin(), tids.end());
        EXPECT_EQ(tids, expected[i]);
    }
}

// Two that differ in their last bit alone are two.
TEST(RowsTest, KeepsEqualBitStringsOnce) {
    for (Metric metric : {Metric::Hamming, Metric::Jaccard})
        for (uint32_t bytes : {1u, 32u, 100u, 600u}) {
            MallocArena arena;
            const NodeLayout layout =
                test::layout_of(test::with_form(bytes, 4, test::kBinarySplit));
            const VectorSpace space(metric, bytes, 42, nullptr, 0.0f, arena.arena());
            Rows rows(layout, arena.arena());
            std::vector<float> prepared(layout.padded);
            std::vector<int16_t> values(layout.words), got(layout.words);
            std::vector<uint8_t> string(bytes);
            std::vector<float> row(bytes);
            for (size_t i = 0; i < 9; ++i) {
                string[bytes - 1] = static_cast<uint8_t>(i % 3);
                std::memcpy(row.data(), string.data(), bytes);
                rows.add(space.store(
                             layout,
                             space.prepare(VectorView(row.data()), VectorBuffer(prepared.data())),
                             values.data()),
                         test::tid_of(i));
            }
            ASSERT_EQ(rows.size(), 3u);
            for (uint32_t i = 0; i < 3; ++i) {
                EXPECT_EQ(rows.row(i).tids, 3u);
                string[bytes - 1] = static_cast<uint8_t>(i);
                EXPECT_EQ(std::memcmp(rows.high(i), string.data(), bytes), 0);
                std::memcpy(row.data(), string.data(), bytes);
                space.store(layout,
                            space.prepare(VectorView(row.data()), VectorBuffer(prepared.data())),
                            values.data());
                rows.values(i, got.data());
                EXPECT_EQ(got, values);
            }
        }
}

TEST(RowsTest, TellsScalesAndNormsApart) {
    MallocArena arena;
    const NodeLayout layout = layout_for(20);
    Rows rows(layout, arena.arena());
    const std::vector<int16_t> values(layout.padded, 7);
    rows.add({values.data(), 1.0f, 0.0f, 0, 0}, test::tid_of(0));
    rows.add({values.data(), 1.5f, 0.0f, 0, 0}, test::tid_of(1));
    rows.add({values.data(), 1.0f, 2.0f, 0, 0}, test::tid_of(2));
    rows.add({values.data(), 1.0f, 0.0f, 0, 0}, test::tid_of(3));
    EXPECT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows.row(0).tids, 2u);
}

TEST(RowsTest, CountsItsMemory) {
    MallocArena arena;
    const NodeLayout layout = layout_for(128);
    Rows rows(layout, arena.arena());
    Random random(1);
    std::vector<int16_t> values = random_values(layout.padded, random);
    for (size_t i = 0; i < 30000; ++i) {
        ASSERT_EQ(rows.bytes(), arena.in_use());
        const size_t most = rows.bytes() + rows.next_bytes();
        if (random.below(3) != 0) values = random_values(layout.padded, random);
        rows.add({values.data(), 1.0f, 0.0f, 0, 0}, test::tid_of(i));
        ASSERT_LE(rows.bytes(), most) << i;
    }
}

}  // namespace
}  // namespace vectidx
