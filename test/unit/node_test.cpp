#include "core/layout/node.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "core/layout/stored_vector.hpp"
#include "core/layout/tids.hpp"

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::kForms;
using test::NodeForm;

NodeLayout layout_of(NodeForm form, uint32_t dims = 100, uint32_t degree = 13) {
    NodeLayout layout{};
    const uint32_t bits = form.codes ? 64 : 0;
    EXPECT_TRUE(make_layout({dims, degree, bits, 3, form.own, form.storage}, &layout));
    return layout;
}

// A node with everything in it, and the arrays that it points to.
struct Example {
    std::vector<int16_t> values;
    std::vector<HeapTid> tids;
    std::vector<Link> links;
    std::vector<uint64_t> codes;
    NewNode node{};

    Example(const NodeLayout& layout, uint16_t degree, uint8_t tid_count, uint64_t seed) {
        Random random(seed);
        for (uint32_t j = 0; j < layout.words; ++j)
            values.push_back(static_cast<int16_t>(static_cast<int>(random.below(65025)) - 32512));
        for (uint16_t k = 0; k < tid_count; ++k)
            tids.push_back({k, static_cast<uint16_t>(random.below(1000)), 7});
        for (uint16_t k = 0; k < degree; ++k) {
            links.push_back({static_cast<NodeId>(random.below(1000)),
                             {static_cast<float>(test::gauss(random)), Bfloat16{k}},
                             random.below(2) == 0,
                             random.below(2) == 0});
            for (uint32_t w = 0; w < layout.code_words(); ++w)
                codes.push_back(random.next());
        }
        constexpr uint32_t kSourceChecksum = 77;
        node = {values.data(), 0.5f,   2.0f,        kSourceChecksum, 3,           kScaledDown,
                tid_count,     degree, tids.data(), links.data(),    codes.data()};
    }
};

// The slot in a block of its exact size, so that AddressSanitizer sees any access beyond it.
std::unique_ptr<uint64_t[]> slot_for(const NodeLayout& layout) {
    return std::make_unique<uint64_t[]>(layout.slot_size / 8);
}

TEST(NodeTest, ReadsWhatWasWritten) {
    for (NodeForm form : kForms)
        for (uint16_t degree : {0, 1, 12, 13}) {
            const NodeLayout layout = layout_of(form);
            const auto bytes = slot_for(layout);
            const Example e(layout, degree, 3, degree);
            NodeSlot(layout, bytes.get()).init(e.node);
            const NodeView view(layout, bytes.get());
            EXPECT_TRUE(view.check_links(1000));
            EXPECT_TRUE(view.live());
            EXPECT_EQ(view.degree(), degree);
            EXPECT_EQ(view.header().level, 3);
            EXPECT_EQ(view.header().flags, kScaledDown);
            EXPECT_EQ(view.header().scale, 0.5f);
            EXPECT_EQ(view.header().norm2, 2.0f);
            EXPECT_EQ(view.header().overflow_block, kNoBlock);
            EXPECT_EQ(view.header().checksum, vector_checksum(e.values.data(), 0.5f, layout.words));
            for (uint32_t k = 0; k < degree; ++k) {
                EXPECT_EQ(view.ids()[k], e.links[k].id);
                EXPECT_EQ(view.backfilled(k), e.links[k].backfilled);
                EXPECT_EQ(view.tree_edge(k), e.links[k].tree_edge);
                if (!form.codes) continue;
                EXPECT_EQ(view.add()[k], e.links[k].terms.add);
                EXPECT_EQ(view.scale()[k], e.links[k].terms.scale);
                EXPECT_EQ(view.code(k)[0], e.codes[k]);
            }
            for (uint32_t k = 0; k < 3; ++k)
                EXPECT_EQ(view.tids()[k], e.tids[k]);
            for (uint32_t j = 0; j < layout.padded; ++j) {
                EXPECT_TRUE(form.own != VectorPlacement::Inline ||
                            view.own_whole()[j] == e.values[j]);
                EXPECT_TRUE(form.own != VectorPlacement::Split ||
                            view.own_high()[j] == e.values[j] >> 8);
            }
        }
}

TEST(NodeTest, IsATombstoneWithoutTids) {
    const NodeLayout layout = layout_of(VectorPlacement::Inline);
    const auto bytes = slot_for(layout);
    NodeSlot(layout, bytes.get()).init(Example(layout, 2, 0, 1).node);
    EXPECT_FALSE(NodeView(layout, bytes.get()).live());
    EXPECT_TRUE(NodeView(layout, bytes.get()).check_links(1000));
}

TEST(NodeTest, ReplacesAndAppendsOneLinkAlone) {
    for (NodeForm form : kForms) {
        const NodeLayout layout = layout_of(form);
        const auto bytes = slot_for(layout);
        const Example e(layout, 12, 3, 5);
        NodeSlot slot(layout, bytes.get());
        slot.init(e.node);
        const uint64_t code = 0x123456789ABCDEFull;
        slot.set_link(4, {77, {1.5f, 9}, false, true}, &code);
        slot.set_link(12, {88, {2.5f, 8}, true, false}, &code);
        EXPECT_EQ(slot.degree(), 13u);
        EXPECT_EQ(slot.ids()[4], 77u);
        EXPECT_TRUE(!form.codes || slot.add()[4] == 1.5f);
        EXPECT_TRUE(slot.tree_edge(4));
        EXPECT_FALSE(slot.backfilled(4));
        EXPECT_EQ(slot.ids()[12], 88u);
        EXPECT_TRUE(slot.backfilled(12));
        EXPECT_FALSE(slot.tree_edge(12));
        EXPECT_TRUE(!form.codes || slot.code(12)[0] == code);
        for (uint32_t k = 0; k < 12; ++k)
            if (k != 4) {
                EXPECT_EQ(slot.ids()[k], e.links[k].id);
                EXPECT_EQ(slot.backfilled(k), e.links[k].backfilled);
                EXPECT_EQ(slot.tree_edge(k), e.links[k].tree_edge);
                EXPECT_TRUE(!form.codes || slot.code(k)[0] == e.codes[k]);
            }
        for (uint32_t k = 0; k < 3; ++k)
            EXPECT_EQ(slot.tids()[k], e.tids[k]);
        slot.set_tree_edge(12);
        EXPECT_TRUE(slot.tree_edge(12));
        EXPECT_FALSE(slot.tree_edge(11) != e.links[11].tree_edge);
    }
}

// Reads all that a search and an insert read of a node.
uint64_t read_all(const NodeView& view) {
    uint64_t sum = view.header().checksum;
    for (uint32_t k = 0; k < view.degree(); ++k) {
        sum += view.ids()[k] + view.backfilled(k) + view.tree_edge(k);
        if (!view.layout().has_codes()) continue;
        uint32_t add;
        std::memcpy(&add, view.add() + k, 4);
        sum += add + view.scale()[k];
        for (uint32_t w = 0; w < view.layout().code_words(); ++w)
            sum += view.code(k)[w];
    }
    for (uint32_t k = 0; k < view.header().tid_count; ++k)
        sum += view.tids()[k].offset;
    return sum;
}

TEST(NodeTest, RefusesEachDamage) {
    const NodeLayout layout = layout_of(VectorPlacement::Inline);
    const auto damaged = [&](auto&& damage) {
        const auto bytes = slot_for(layout);
        NodeSlot slot(layout, bytes.get());
        slot.init(Example(layout, 13, 3, 1).node);
        damage(slot);
        return !slot.check_links(1000);
    };
    EXPECT_FALSE(damaged([](NodeSlot&) {}));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().state = NodeState::Empty; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().state = static_cast<NodeState>(3); }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().degree = 14; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().tid_count = 4; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().scale = NAN; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().scale = -1.0f; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().scale = INFINITY; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.header().norm2 = NAN; }));
    EXPECT_TRUE(damaged([](NodeSlot& s) { s.set_link(12, {1000, {}, false, false}, s.codes()); }));
    EXPECT_TRUE(damaged([](NodeSlot& s) {
        s.set_link(0, {kNoNode, {}, false, false}, s.codes());
    }));
}

// Random bytes, with the fields that decide put near their limits: check_links() itself must stay
// within the slot, and so must whoever reads what it let pass.
TEST(NodeTest, StaysWithinTheSlotOnRandomBytes) {
    Random random(7);
    int passed = 0;
    uint64_t sum = 0;
    for (NodeForm form : kForms) {
        const NodeLayout layout = layout_of(form);
        for (int round = 0; round < 20000; ++round) {
            const auto bytes = slot_for(layout);
            for (uint32_t i = 0; i < layout.slot_size / 8; ++i)
                bytes[i] = random.next();
            NodeSlot slot(layout, bytes.get());
            if (round % 4 != 0) {
                slot.header().state = static_cast<NodeState>(random.below(4));
                slot.header().degree = static_cast<uint16_t>(random.below(16));
                slot.header().tid_count = static_cast<uint8_t>(random.below(6));
            }
            // As few ids are refused as possible.
            if (!slot.check_links(kNoNode)) continue;
            ++passed;
            sum += read_all(slot);
        }
    }
    EXPECT_GT(passed, 100);
    EXPECT_NE(sum, 0u);
}

TEST(TidSlotTest, FillsItsPage) {
    EXPECT_EQ(kTidSlotsPerPage, 63u);
    EXPECT_EQ(offsetof(TidSlot, tids) + sizeof(HeapTid) * kTidsPerSlot, 124u);
}

TEST(TidSlotTest, RefusesDamage) {
    TidSlot slot{};
    slot.owner = 5;
    slot.next_block = kNoBlock;
    slot.next_slot = UINT16_MAX;
    slot.count = kTidsPerSlot;
    EXPECT_TRUE(valid_tid_slot(slot));
    slot.count = kTidsPerSlot + 1;
    EXPECT_FALSE(valid_tid_slot(slot));
    slot.count = 0;
    slot.next_block = 17;
    EXPECT_FALSE(valid_tid_slot(slot));
    slot.next_slot = kTidSlotsPerPage - 1;
    EXPECT_TRUE(valid_tid_slot(slot));
    slot.next_slot = kTidSlotsPerPage;
    EXPECT_FALSE(valid_tid_slot(slot));
}

}  // namespace
}  // namespace vectidx
