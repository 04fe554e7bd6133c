#include "core/construct/unite_lists.hpp"

#include <algorithm>
#include <cmath>

#include "core/graph/select.hpp"
#include "core/simd/code_kernels.hpp"

namespace vectidx {

namespace {

// A neighbor, and where it is.
struct Candidate {
    const NodeView* node;
    uint32_t place;
    float length;  // of the edge, in a unit that all have in common; its rank where there are no
                   // codes
    bool tree_edge;
    bool backfilled;
    uint32_t order;  // in which it was added

    NodeId id() const { return node->ids()[place]; }
    const uint64_t* code() const { return node->code(place); }
};

// The scale of a code is about in proportion to the length: 4 |r| / (0.798 bits / sqrt(n)), see
// core/graph/back_link.cpp.
float length_of(const NodeView& node, uint32_t place) {
    return node.layout().has_codes() ? std::fabs(from_bfloat16(node.scale()[place]))
                                     : static_cast<float>(place);
}

struct United {
    explicit United(const NodeLayout& l) : layout(l) {}

    const NodeLayout& layout;
    uint32_t count = 0;
    Candidate candidates[2 * kMaxDegree];
    float distance2[2 * kMaxDegree];
    bool used[2 * kMaxDegree];
    uint32_t chosen[kMaxDegree];

    void add(const NodeView& node) {
        for (uint32_t k = 0; k < node.degree(); ++k) {
            auto* end = candidates + count;
            auto* same = std::find_if(candidates, end,
                                      [&](const Candidate& c) { return c.id() == node.ids()[k]; });
            if (same == end) {
                *same = {&node, k, length_of(node, k), node.tree_edge(k), node.backfilled(k),
                         count};
                ++count;
            }
            same->tree_edge |= node.tree_edge(k);
            same->backfilled &= node.backfilled(k);
        }
    }
    // Those that come first, and the nearest of each kind.
    void sort() {
        std::sort(candidates, candidates + count, [](const Candidate& a, const Candidate& b) {
            if (a.tree_edge != b.tree_edge) return a.tree_edge;
            return a.length != b.length ? a.length < b.length : a.order < b.order;
        });
    }
    // By the law of cosines.
    float between(uint32_t a, uint32_t b) const {
        const uint32_t bits = layout.choice.code_bits;
        const uint32_t differing =
            code_kernels().hamming(candidates[a].code(), candidates[b].code(), layout.code_words());
        const float angle =
            static_cast<float>(M_PI) * static_cast<float>(differing) / static_cast<float>(bits);
        const float x = candidates[a].length, y = candidates[b].length;
        return x * x + y * y - 2.0f * x * y * std::cos(angle);
    }
    uint32_t choose();
    uint32_t choose_in_turns();
};

// Returns how many are chosen, of which the first are not backfilled: that is how they are marked.
uint32_t United::choose() {
    sort();
    uint32_t tree_edges = 0;
    for (uint32_t i = 0; i < count; ++i) {
        distance2[i] = candidates[i].length * candidates[i].length;
        if (candidates[i].tree_edge) chosen[tree_edges++] = i;
        used[i] = candidates[i].tree_edge || candidates[i].backfilled;
    }
    const auto distance = [this](uint32_t a, uint32_t b) { return between(a, b); };
    NeighborSelection selection(layout.degree(), chosen, tree_edges);
    selection.add_diverse(distance2, count, layout.degree(), 1.0f, used, distance);
    const uint32_t diverse = selection.count();
    std::fill_n(used, count, false);
    for (uint32_t i = 0; i < diverse; ++i)
        used[chosen[i]] = true;
    selection.add_diverse(distance2, count, layout.degree(), kFillAlpha2, used, distance);
    selection.add_nearest(count, used);
    for (uint32_t i = tree_edges; i < selection.count(); ++i)
        candidates[chosen[i]].backfilled = i >= diverse;
    return selection.count();
}

// The places in the lists are the lengths.
uint32_t United::choose_in_turns() {
    std::sort(candidates, candidates + count, [](const Candidate& a, const Candidate& b) {
        if (a.tree_edge != b.tree_edge) return a.tree_edge;
        if (a.backfilled != b.backfilled) return b.backfilled;
        return a.length != b.length ? a.length < b.length : a.order < b.order;
    });
    const uint32_t taken = std::min(count, layout.degree());
    for (uint32_t i = 0; i < taken; ++i)
        chosen[i] = i;
    return taken;
}

}  // namespace

void unite_lists(const NodeView& first, const NodeView& second, NodeSlot* out) {
    const NodeLayout& layout = out->layout();
    United united(layout);
    united.add(first);
    united.add(second);
    const uint32_t count = layout.has_codes() ? united.choose() : united.choose_in_turns();
    out->header().degree = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const Candidate& c = united.candidates[united.chosen[i]];
        Link link{c.id(), {}, c.backfilled, c.tree_edge};
        if (layout.has_codes()) link.terms = {c.node->add()[c.place], c.node->scale()[c.place]};
        out->set_link(i, link, c.node->code(c.place));
    }
}

}  // namespace vectidx
