#include "core/layout/layout.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "core/base/random.hpp"
#include "core/layout/node.hpp"

namespace vectidx {
namespace {

// Every byte of a group belongs to one piece of one node at most.
class Occupancy {
  public:
    explicit Occupancy(uint32_t pages) : taken_(size_t{pages} * kPageSize) {}

    // Returns whether the piece lies in the payload of a page of the group and on free bytes.
    bool take(const Place& at) {
        if (at.bytes == 0 || at.offset < kPayloadAt || at.offset + at.bytes > kPageSize)
            return false;
        const size_t from = size_t{at.page} * kPageSize + at.offset;
        if (from + at.bytes > taken_.size()) return false;
        for (size_t i = from; i < from + at.bytes; ++i) {
            if (taken_[i]) return false;
            taken_[i] = true;
        }
        return true;
    }

  private:
    std::vector<bool> taken_;
};

// Takes all pieces of a part; adds up their bytes.
uint32_t take_part(const NodeLayout& l, const PartLayout& part, uint32_t index, Occupancy* group,
                   bool* good) {
    uint32_t bytes = 0;
    for (uint32_t piece = 0; part.bytes > 0 && piece < part.pages_per_slot; ++piece) {
        const Place at = l.place(part, index, piece);
        bytes += at.bytes;
        *good = *good && group->take(at);
    }
    return bytes;
}

// A string that tells what is wrong, or nothing.
std::string fault_in_group(const NodeLayout& l) {
    Occupancy group(l.group_pages);
    bool good = true;
    for (uint32_t i = 0; i < l.group_nodes; ++i) {
        if (take_part(l, l.links, i, &group, &good) != l.slot_size) return "links size";
        if (take_part(l, l.traversal, i, &group, &good) != l.traversal.bytes)
            return "traversal size";
        if (take_part(l, l.refinement, i, &group, &good) != l.refinement.bytes)
            return "refinement size";
        if (!good) return "overlap or out of its page";
        if (l.place(l.links, i, 0).offset % 8 != 0) return "alignment of a slot";
    }
    return "";
}

std::string fault_in_slot(const NodeLayout& l) {
    const uint32_t degree = l.degree(), bitmap = (degree + 7) / 8;
    if (l.codes_at < sizeof(NodeHeader)) return "codes overlap the header";
    if (l.codes_at % 8 != 0 || l.slot_size % 8 != 0) return "alignment of codes";
    if (l.ids_at < l.codes_at + degree * l.code_words() * 8 || l.ids_at % 4 != 0) return "ids";
    if (l.add_at < l.ids_at + 4 * degree || l.add_at % 4 != 0) return "add";
    const uint32_t coded = l.has_codes() ? degree : 0;
    if (l.scale_at < l.add_at + 4 * coded || l.scale_at % 2 != 0) return "scale";
    if (l.own_at < l.scale_at + 2 * coded || l.own_at % 2 != 0) return "own vector";
    const uint32_t own = l.placement() == VectorPlacement::OutOfLine ? 0 : l.own_bytes();
    if (l.backfilled_at < l.own_at + own) return "backfilled bits";
    if (l.tree_edges_at < l.backfilled_at + bitmap) return "tree edge bits";
    if (l.tids_at < l.tree_edges_at + bitmap || l.tids_at % 2 != 0) return "TIDs";
    if (l.slot_size < l.tids_at + l.choice.tid_capacity * sizeof(HeapTid)) return "slot size";
    return "";
}

// What layout.hpp says of the choice.
std::string fault_in_choice(const NodeLayout& l, uint32_t dims, uint32_t m) {
    const uint32_t padded = (dims + 63) / 64 * 64;
    if (l.choice.dims != dims || l.padded != padded) return "dimensions";
    if (l.choice.code_bits < std::min(padded, 768u)) return "too few code bits";
    if (l.choice.degree > 2 * m) return "degree above 2m";
    // A large m gives way only where its links would not fit on a page.
    const uint32_t fewest = 2 * m - 2 * m / 16;
    const uint32_t smallest_link = std::min(padded, 768u) / 8 + 10;
    if (l.choice.degree < fewest && fewest * smallest_link + 64 < kPagePayload)
        return "degree below 2m less a sixteenth";
    if ((l.placement() == VectorPlacement::Inline) != (l.refinement.bytes == 0))
        return "refinement";
    if ((l.placement() == VectorPlacement::OutOfLine) != (l.traversal.bytes != 0))
        return "traversal";
    if (l.links.pages_per_slot != 1) return "links on several pages";
    return "";
}

TEST(LayoutTest, ChoosesASoundLayoutForAllDimensionsAndDegrees) {
    std::vector<uint32_t> all_dims = {1, 2, 63, 64, 65, 16000};
    for (uint32_t dims = 100; dims < kMaxDims; dims += 191)
        all_dims.push_back(dims);
    for (uint32_t dims : all_dims)
        for (uint32_t m : {2u, 3u, 5u, 8u, 12u, 16u, 17u, 24u, 32u, 48u, 64u, 99u, 100u}) {
            NodeLayout l{};
            ASSERT_TRUE(make_layout(choose_layout(dims, m), &l)) << dims << " " << m;
            ASSERT_EQ(fault_in_choice(l, dims, m), "") << dims << " " << m;
            ASSERT_EQ(fault_in_slot(l), "") << dims << " " << m;
            ASSERT_EQ(fault_in_group(l), "") << dims << " " << m;
        }
}

TEST(LayoutTest, LaysOutEveryFormSoundly) {
    for (VectorPlacement form :
         {VectorPlacement::Inline, VectorPlacement::Split, VectorPlacement::OutOfLine})
        for (uint32_t dims : {1u, 64u, 200u, 777u, 1536u})
            for (uint32_t degree : {1u, 7u, 32u, 33u})
                for (uint32_t tids : {1u, 2u, 8u}) {
                    NodeLayout l{};
                    const uint32_t bits = std::min<uint32_t>((dims + 63) / 64 * 64, 768);
                    ASSERT_TRUE(make_layout({dims, degree, bits, tids, form, Storage::Half}, &l));
                    EXPECT_EQ(fault_in_slot(l), "");
                    EXPECT_EQ(fault_in_group(l), "");
                }
}

TEST(LayoutTest, LaysOutEveryStorageSoundlyWithAndWithoutCodes) {
    for (Storage storage : {Storage::Half, Storage::Sq8, Storage::Full})
        for (bool codes : {false, true})
            for (uint32_t dims : {1u, 64u, 200u, 777u, 1536u, 3072u, 5000u, 9000u, 16000u})
                for (uint32_t m : {2u, 16u, 100u}) {
                    NodeLayout l{};
                    ASSERT_TRUE(make_layout(choose_layout(dims, m, codes, storage), &l));
                    EXPECT_EQ(fault_in_slot(l), "");
                    EXPECT_EQ(fault_in_group(l), "");
                    EXPECT_EQ(l.has_codes(), codes);
                    const bool in_line = l.placement() == VectorPlacement::Inline;
                    const uint32_t per_value = storage == Storage::Half  ? 2
                                               : storage == Storage::Sq8 ? 1
                                                                         : 3;
                    EXPECT_EQ(l.own_bytes(), in_line ? 2 * l.padded : l.padded);
                    EXPECT_EQ(l.own_bytes() + l.refinement.bytes, per_value * l.padded);
                }
}

TEST(LayoutTest, LaysOutBitStringsOfAllLengthsSoundly) {
    std::vector<uint32_t> lengths = {1, 2, 63, 64, 65, 8000};
    for (uint32_t bytes = 100; bytes < 8000; bytes += 191)
        lengths.push_back(bytes);
    for (uint32_t bytes : lengths)
        for (uint32_t m : {2u, 3u, 8u, 16u, 33u, 64u, 100u}) {
            NodeLayout l{};
            ASSERT_TRUE(make_layout(choose_layout(bytes, m, false, Storage::Binary), &l)) << bytes;
            ASSERT_EQ(fault_in_slot(l), "") << bytes << " " << m;
            ASSERT_EQ(fault_in_group(l), "") << bytes << " " << m;
            EXPECT_EQ(l.choice.dims, bytes);
            EXPECT_GE(l.choice.degree, 2 * m - 2 * m / 16);
            EXPECT_LE(l.choice.degree, 2 * m);
            EXPECT_FALSE(l.has_codes());
            EXPECT_NE(l.placement(), VectorPlacement::Inline);
            EXPECT_EQ(l.words, l.padded);
            EXPECT_EQ(l.own_bytes(), l.padded);
            EXPECT_EQ(l.refinement.bytes, 0u);
        }
}

TEST(LayoutTest, RefusesBitStringsWithCodesOrLowBytes) {
    const LayoutChoice good{32, 32, 0, 1, VectorPlacement::Split, Storage::Binary};
    NodeLayout l{};
    for (VectorPlacement form :
         {VectorPlacement::Inline, VectorPlacement::Split, VectorPlacement::OutOfLine})
        for (uint32_t code_bits : {0u, 64u}) {
            LayoutChoice choice = good;
            choice.placement = form;
            choice.code_bits = code_bits;
            EXPECT_EQ(make_layout(choice, &l), form != VectorPlacement::Inline && code_bits == 0);
        }
}

struct Expected {
    uint32_t dims;
    VectorPlacement form;
    uint32_t bytes;
};

// pgvector has 4 kB for a row of 768 dimensions, 8 kB for one of 1,536.
TEST(LayoutTest, TakesAQuarterOfPgvectorsSpaceWhenCompact) {
    for (const auto& [dims, bytes] :
         {std::pair{128u, 303u}, {384u, 585u}, {768u, 1024u}, {1024u, 1365u}, {1536u, 2048u}}) {
        NodeLayout l{};
        ASSERT_TRUE(make_layout(choose_layout(dims, 16, false, Storage::Sq8), &l));
        EXPECT_EQ(l.bytes_per_node(), bytes) << dims;
    }
}

// The layouts that the documentation names. A change here is a change of the index's size.
TEST(LayoutTest, TakesTheDocumentedSpacePerNode) {
    constexpr Expected kExpected[] = {
        {8, VectorPlacement::Inline, 744},     {128, VectorPlacement::Inline, 1170},
        {384, VectorPlacement::Inline, 2730},  {768, VectorPlacement::Split, 4915},
        {1024, VectorPlacement::Inline, 8192}, {1536, VectorPlacement::Inline, 8192},
        {3072, VectorPlacement::Split, 12288}, {16000, VectorPlacement::OutOfLine, 40960}};
    for (const Expected& e : kExpected) {
        NodeLayout l{};
        ASSERT_TRUE(make_layout(choose_layout(e.dims, 16), &l));
        EXPECT_EQ(l.placement(), e.form) << e.dims;
        EXPECT_EQ(l.bytes_per_node(), e.bytes) << e.dims;
    }
}

TEST(LayoutTest, RefusesNonsense) {
    const LayoutChoice good{128, 32, 128, 1, VectorPlacement::Inline, Storage::Half};
    NodeLayout l{};
    ASSERT_TRUE(make_layout(good, &l));
    const auto refused = [&](auto&& change) {
        LayoutChoice choice = good;
        change(choice);
        return !make_layout(choice, &l);
    };
    for (uint32_t dims : {0u, kMaxDims + 1, UINT32_MAX, UINT32_MAX - 62})
        EXPECT_TRUE(refused([&](LayoutChoice& c) { c.dims = dims; })) << dims;
    for (uint32_t degree : {0u, kMaxDegree + 1, UINT32_MAX})
        EXPECT_TRUE(refused([&](LayoutChoice& c) { c.degree = degree; })) << degree;
    for (uint32_t bits : {1u, 63u, 100u, 192u, UINT32_MAX, 0x80000000u})
        EXPECT_TRUE(refused([&](LayoutChoice& c) { c.code_bits = bits; })) << bits;
    for (uint32_t tids : {0u, 9u, UINT32_MAX})
        EXPECT_TRUE(refused([&](LayoutChoice& c) { c.tid_capacity = tids; })) << tids;
    for (int form : {0, 4, 255})
        EXPECT_TRUE(
            refused([&](LayoutChoice& c) { c.placement = static_cast<VectorPlacement>(form); }));
    for (int storage : {0, 5, 255})
        EXPECT_TRUE(refused([&](LayoutChoice& c) { c.storage = static_cast<Storage>(storage); }));
    EXPECT_TRUE(refused([](LayoutChoice& c) { c.storage = Storage::Sq8; }));  // is not Inline
    EXPECT_FALSE(make_layout({16000, 32, 768, 1, VectorPlacement::Inline, Storage::Half},
                             &l));  // larger than a page
    EXPECT_FALSE(make_layout({128, 200, 16000, 1, VectorPlacement::Inline, Storage::Half}, &l));
}

// A choice comes from a metapage: whatever its bytes say, a layout that is made of it is sound.
TEST(LayoutTest, MakesSoundLayoutsOfRandomChoices) {
    Random random(1);
    int made = 0;
    for (int i = 0; i < 200000; ++i) {
        LayoutChoice c{};
        c.dims = static_cast<uint32_t>(random.below(20000));
        c.degree = static_cast<uint32_t>(random.below(210));
        c.code_bits = static_cast<uint32_t>(random.below(40) * 64);
        c.tid_capacity = static_cast<uint32_t>(random.below(10));
        c.placement = static_cast<VectorPlacement>(random.below(5));
        c.storage = static_cast<Storage>(random.below(6));
        NodeLayout l{};
        if (!make_layout(c, &l)) continue;
        ASSERT_EQ(fault_in_slot(l), "");
        if (++made % 50 != 0) continue;
        ASSERT_EQ(fault_in_group(l), "");
    }
    EXPECT_GT(made, 1000);
}

}  // namespace
}  // namespace vectidx
