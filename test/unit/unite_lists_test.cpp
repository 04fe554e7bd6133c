// One list from two lists of the same node.
#include "core/construct/unite_lists.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "core/layout/stored_vector.hpp"

namespace vectidx {
namespace {

struct Neighbor {
    NodeId id;
    bool backfilled = false;
    bool tree_edge = false;
    bool operator==(const Neighbor&) const = default;
};

void PrintTo(const Neighbor& n, std::ostream* out) {
    *out << n.id << (n.backfilled ? "b" : "") << (n.tree_edge ? "t" : "");
}

class UniteListsTest : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        ASSERT_TRUE(make_layout(choose_layout(8, 3, GetParam()), &layout_));
        ASSERT_EQ(layout_.degree(), 6u);
    }
    // The code and the terms of a neighbor tell its id.
    std::vector<uint64_t> slot(const std::vector<Neighbor>& neighbors) const {
        std::vector<uint64_t> bytes(layout_.slot_size / 8);
        std::vector<int16_t> values(layout_.words, 5);
        std::vector<Link> links;
        std::vector<uint64_t> codes;
        for (const Neighbor& n : neighbors) {
            // As far as the number says, to the side that its tens name.
            const auto length = static_cast<float>(n.id % 10 + 1);
            links.push_back({n.id, {length, to_bfloat16(-length)}, n.backfilled, n.tree_edge});
            codes.resize(links.size() * layout_.code_words(), kSides[n.id / 10]);
        }
        const HeapTid tid{0, 3, 4};
        NewNode node{};
        node.values = values.data();
        node.scale = 1.0f;
        node.tid_count = 1;
        node.tids = &tid;
        node.degree = static_cast<uint16_t>(links.size());
        node.links = links.data();
        node.codes = codes.data();
        NodeSlot(layout_, bytes.data()).init(node);
        return bytes;
    }
    std::vector<Neighbor> united(const std::vector<Neighbor>& a, const std::vector<Neighbor>& b) {
        const std::vector<uint64_t> first = slot(a), second = slot(b);
        std::vector<uint64_t> out = first;
        NodeSlot node(layout_, out.data());
        unite_lists(NodeView(layout_, first.data()), NodeView(layout_, second.data()), &node);
        std::vector<Neighbor> result;
        for (uint32_t k = 0; k < node.degree(); ++k)
            result.push_back({node.ids()[k], node.backfilled(k), node.tree_edge(k)});
        // It is what a node with this list would be from the start.
        EXPECT_EQ(out, slot(result));
        return result;
    }
    static constexpr uint64_t kSides[] = {
        0xFFFFFFFF00000000, 0xFFFF0000FFFF0000, 0xFF00FF00FF00FF00, 0xF0F0F0F0F0F0F0F0,
        0xCCCCCCCCCCCCCCCC, 0xAAAAAAAAAAAAAAAA, 0x6996966996696996};
    NodeLayout layout_;
};

INSTANTIATE_TEST_SUITE_P(Codes, UniteListsTest, ::testing::Bool());

using List = std::vector<Neighbor>;
class UnitedByCodes : public UniteListsTest {};
class UnitedWithoutCodes : public UniteListsTest {};
INSTANTIATE_TEST_SUITE_P(Codes, UnitedByCodes, ::testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Codes, UnitedWithoutCodes, ::testing::Values(false));

TEST_P(UniteListsTest, TakesWhatThereIs) {
    EXPECT_EQ(united({}, {{5}}), (List{{5}}));
    EXPECT_EQ(united({{5}}, {}), (List{{5}}));
    EXPECT_EQ(united({}, {}), List{});
}

TEST_P(UniteListsTest, TakesANeighborOnce) {
    EXPECT_EQ(united({{1}, {12}, {23}}, {{12}}), (List{{1}, {12}, {23}}));
    // As it is in the list that ranks it higher.
    EXPECT_EQ(united({{1, true}}, {{1}}), (List{{1}}));
    EXPECT_EQ(united({{1}}, {{1, true}}), (List{{1}}));
    EXPECT_EQ(united({{7}}, {{7, false, true}}), (List{{7, false, true}}));
}

TEST_P(UniteListsTest, KeepsSpanningTreeEdges) {
    const List kept = united({{0}, {11}, {22}, {33}, {48, true, true}, {59, false, true}},
                             {{30}, {41}, {69, true, true}});
    ASSERT_EQ(kept.size(), 6u);
    EXPECT_EQ(
        std::count_if(kept.begin(), kept.end(), [](const Neighbor& n) { return n.tree_edge; }), 3);
    const List edges = {{1, false, true}, {2, false, true}, {3, false, true}};
    const List others = {{4, false, true}, {5, false, true}, {6, false, true}};
    List all = united(edges, others);
    std::sort(all.begin(), all.end(),
              [](const Neighbor& a, const Neighbor& b) { return a.id < b.id; });
    EXPECT_EQ(all, (List{edges[0], edges[1], edges[2], others[0], others[1], others[2]}));
}

// Each side's nearest is kept, then, as backfilled ones, the nearest of the others.
TEST_P(UnitedByCodes, PrunesByLengthsAndAngles) {
    EXPECT_EQ(united({{2}, {3}, {13}}, {{1}, {14}, {25}}),
              (List{{1}, {13}, {25}, {2, true}, {3, true}, {14, true}}));
    // What was backfilled before stays so.
    EXPECT_EQ(united({{1, true}, {12}}, {{23}}), (List{{12}, {23}, {1, true}}));
    // More than fit: the nearest of each side, and then the nearest.
    EXPECT_EQ(united({{0}, {1}, {2}, {3}, {4}, {5}}, {{10}, {11}, {12}, {20}, {30}, {40}}),
              (List{{0}, {10}, {20}, {30}, {40}, {1, true}}));
}

TEST_P(UnitedWithoutCodes, TakesFromBothInTurns) {
    EXPECT_EQ(united({{1}, {2}}, {{11}, {12}, {13}}), (List{{1}, {11}, {2}, {12}, {13}}));
    EXPECT_EQ(united({{1}, {2}, {3}, {4}}, {{11}, {12}, {13}, {14}}),
              (List{{1}, {11}, {2}, {12}, {3}, {13}}));
    EXPECT_EQ(united({{1}, {2, true}, {3, true}}, {{11}, {12}, {13, true}, {14, true}}),
              (List{{1}, {11}, {12}, {2, true}, {3, true}, {13, true}}));
}

}  // namespace
}  // namespace vectidx
