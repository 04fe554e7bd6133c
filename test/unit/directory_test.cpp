// The bytes of the directory.
#include "core/layout/directory.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/random.hpp"

namespace vectidx {
namespace {

MetaHeader header_of(const NodeLayout& layout, uint16_t format = kIndexFormat) {
    MetaHeader h{};
    h.format = format;
    h.element_type = 1;
    h.metric = Metric::L2;
    h.storage = layout.storage();
    h.choice = layout.choice;
    return h;
}

NodeLayout layout_of(uint32_t dims, uint32_t m = 16, Storage storage = Storage::Half,
                     bool codes = true) {
    NodeLayout layout{};
    EXPECT_TRUE(make_layout(choose_layout(dims, m, codes, storage), &layout));
    return layout;
}

TEST(DirectoryTest, HasAPlaceForEachNodeOfAGroupOnOnePage) {
    for (uint32_t m : {2u, 5u, 16u, 40u, 100u})
        for (uint32_t dims : {1u, 3u, 64u, 100u, 128u, 384u, 768u, 1024u, 1536u, 3072u, 16000u})
            for (Storage storage : {Storage::Half, Storage::Sq8, Storage::Full}) {
                const NodeLayout layout = layout_of(dims, m, storage);
                const DirectoryLayout d = directory_layout(header_of(layout), layout);
                ASSERT_GT(d.per_page, 0u) << dims << " " << m;
                EXPECT_EQ(d.per_page % layout.group_nodes, 0u);
                EXPECT_LE(d.end, kPageSize);
                EXPECT_EQ(d.codes_at % 8, 0u);
                EXPECT_EQ(d.add_at % 4, 0u);
            }
}

TEST(DirectoryTest, TakesAtMostThreePercent) {
    for (uint32_t dims : {3u, 64u, 128u, 384u, 768u, 1024u, 1536u, 3072u}) {
        const NodeLayout layout = layout_of(dims);
        const DirectoryLayout d = directory_layout(header_of(layout), layout);
        const double entry = static_cast<double>(kPageSize) / d.per_page;
        EXPECT_LE(entry / (entry + layout.bytes_per_node()), 0.03) << dims;
    }
}

TEST(DirectoryTest, IsOnlyWhereItServesAFilter) {
    const NodeLayout layout = layout_of(128);
    MetaHeader h = header_of(layout);
    EXPECT_GT(directory_layout(h, layout).per_page, 0u);
    EXPECT_EQ(directory_layout(header_of(layout, 2), layout).per_page, 0u);
    EXPECT_EQ(directory_layout(header_of(layout, 1), layout).per_page, 0u);
    h.embedding_error = 0.1f;
    EXPECT_EQ(directory_layout(h, layout).per_page, 0u);
    h.embedding_error = 0.0f;
    h.element_type = 5;
    EXPECT_EQ(directory_layout(h, layout).per_page, 0u);
    const NodeLayout bare = layout_of(128, 16, Storage::Half, false);
    EXPECT_EQ(directory_layout(header_of(bare), bare).per_page, 0u);
    EXPECT_EQ(directory_pages(directory_layout(header_of(bare), bare), 1000), 0u);
}

TEST(DirectoryTest, KeepsEntriesApart) {
    for (uint32_t dims : {3u, 128u, 768u, 1536u}) {
        const NodeLayout layout = layout_of(dims);
        const DirectoryLayout d = directory_layout(header_of(layout), layout);
        std::vector<uint64_t> bytes(kPageSize / 8), code(d.words);
        char* page = reinterpret_cast<char*>(bytes.data());
        auto fill = [&](uint32_t i) {
            Random random(i);
            for (uint64_t& word : code)
                word = random.next();
            const auto value = static_cast<uint16_t>(random.next());
            return std::pair{EntryRows{{value, 7, static_cast<uint16_t>(i)}, kEntryWritten},
                             NeighborTerms{static_cast<float>(i), value}};
        };
        for (uint32_t i = 0; i < d.per_page; ++i) {
            const auto [rows, terms] = fill(i);
            set_entry_rows(d, page, i, rows);
            set_entry_code(d, page, i, terms, code.data());
        }
        const DirectoryView view(d, page);
        for (uint32_t i = 0; i < d.per_page; ++i) {
            const auto [rows, terms] = fill(i);
            EXPECT_EQ(view.rows(i), rows);
            EXPECT_EQ(view.add()[i], terms.add);
            EXPECT_EQ(view.scale()[i], terms.scale);
            EXPECT_EQ(std::memcmp(view.code(i), code.data(), d.words * 8), 0);
        }
        for (size_t at = 0; at < kPayloadAt; ++at)
            EXPECT_EQ(page[at], 0);
        for (size_t at = d.end; at < kPageSize; ++at)
            EXPECT_EQ(page[at], 0);
    }
}

TEST(DirectoryTest, KnowsWhatAnEntryCovers) {
    const NodeLayout layout = layout_of(128);
    std::vector<uint64_t> bytes(layout.slot_size / 8);
    NodeSlot node(layout, bytes.data());
    node.header().overflow_block = kNoBlock;
    const HeapTid a{0, 1, 1}, b{0, 1, 2};
    const EntryRows none{{}, kEntryWritten}, only_a{a, kEntryWritten},
        more{{}, kEntryWritten | kEntryMore};
    EXPECT_EQ(rows_of(node), none);
    EXPECT_TRUE(covers(none, node));
    EXPECT_TRUE(covers(only_a, node));  // too much
    EXPECT_FALSE(covers(EntryRows{}, node));
    node.tids()[0] = a;
    node.header().tid_count = 1;
    EXPECT_EQ(rows_of(node), only_a);
    EXPECT_FALSE(covers(none, node));
    EXPECT_TRUE(covers(only_a, node));
    EXPECT_FALSE(covers(EntryRows{b, kEntryWritten}, node));
    EXPECT_TRUE(covers(more, node));
    node.tids()[1] = b;
    node.header().tid_count = 2;
    EXPECT_EQ(rows_of(node), (EntryRows{a, kEntryWritten | kEntryMore}));
    EXPECT_FALSE(covers(only_a, node));
    node.header().tid_count = 0;
    node.header().overflow_block = 9;
    EXPECT_FALSE(covers(only_a, node));
    EXPECT_TRUE(covers(more, node));
}

}  // namespace
}  // namespace vectidx
