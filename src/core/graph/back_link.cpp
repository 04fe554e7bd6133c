#include "core/graph/back_link.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd/code_kernels.hpp"

namespace vectidx {

namespace {

constexpr float kHuge = 1e36f;  // also where a damaged page says NaN

// The end of an edge as its list knows it.
struct End {
    float distance2;  // |end - node|^2
    float norm2;      // inner product: |end|^2
};

// One list entry, or the applicant at index `degree`.
struct Edge {
    float length;
    uint32_t index;
};

struct List {
    const NodeView& node;
    const KeySpace& keys;
    const Applicant& applicant;
    const ListEnd* exact;  // the neighbors, or nullptr when there are codes
    uint32_t count;
    Edge edges[kMaxDegree + 1];  // sorted by length
    End ends[kMaxDegree + 1];

    VectorView exact_vector(uint32_t index) const {
        return index == node.degree() ? applicant.vector : exact[index].vector;
    }

    const uint64_t* code(uint32_t index) const {
        return index == node.degree() ? applicant.code : node.code(index);
    }
    bool tree_edge(uint32_t index) const { return index != node.degree() && node.tree_edge(index); }
};

// What the terms of neighbor i say: for L2 and cosine `add + scale <P, c>` is |o - P|^2; for inner
// product it is |o - P|^2 + |P|^2 - |o|^2, and |o - P| follows from `scale`: over a random rotation
// E|r_j| = |r| sqrt(2 / (pi n)), so |scale| = 4 |r| / (0.798 bits / sqrt(n)).
End end_of(const List& list, VectorView vector, uint32_t i) {
    const NodeView& node = list.node;
    const NodeLayout& layout = node.layout();
    if (list.exact != nullptr)
        return {list.keys.distance2(vector, list.exact[i].vector, layout.padded),
                list.exact[i].norm2};
    const float scale = from_bfloat16(node.scale()[i]);
    const float sum =
        0.5f * code_kernels().signed_sum(vector.floats(), node.code(i), layout.code_words());
    const float key = node.add()[i] + scale * sum;
    if (!(std::fabs(key) < kHuge)) return {kHuge, 0.0f};
    if (list.keys.metric() != Metric::InnerProduct) return {std::max(0.0f, key), 0.0f};
    const float length = -scale * 0.1995f * static_cast<float>(layout.choice.code_bits) /
                         std::sqrt(static_cast<float>(layout.padded));
    const float distance2 = length * length < kHuge ? length * length : kHuge;
    return {distance2, distance2 + node.header().norm2 - key};
}

// The edge between two ends, with codes from their distances and codes by the law of cosines.
float between(const List& list, uint32_t a, uint32_t b) {
    const NodeLayout& layout = list.node.layout();
    if (list.exact != nullptr)
        return list.keys.edge(
            list.keys.distance2(list.exact_vector(a), list.exact_vector(b), layout.padded),
            list.ends[a].norm2, list.ends[b].norm2);
    const uint32_t differing =
        code_kernels().hamming(list.code(a), list.code(b), layout.code_words());
    const float angle = static_cast<float>(M_PI) * static_cast<float>(differing) /
                        static_cast<float>(layout.choice.code_bits);
    const End &x = list.ends[a], &y = list.ends[b];
    // Two roots: the product of two squares might overflow, or vanish.
    const float product = std::sqrt(x.distance2) * std::sqrt(y.distance2);
    const float distance2 = x.distance2 + y.distance2 - 2.0f * product * std::cos(angle);
    return list.keys.edge(distance2, x.norm2, y.norm2);
}

uint32_t longest(const List& list, bool (*eligible)(const List&, uint32_t)) {
    for (uint32_t k = list.count; k-- > 0;)
        if (eligible(list, list.edges[k].index)) return list.edges[k].index;
    return kNoPosition;
}

bool is_free_backfilled(const List& list, uint32_t index) {
    return index != list.node.degree() && list.node.backfilled(index) &&
           !list.node.tree_edge(index);
}

bool is_evictable(const List& list, uint32_t index) {
    return !list.tree_edge(index);
}

bool is_evictable_neighbor(const List& list, uint32_t index) {
    return index != list.node.degree() && !list.node.tree_edge(index);
}

// The longest edge that the heuristic prunes and that may go.
uint32_t longest_pruned(const List& list) {
    uint32_t kept[kMaxDegree + 1];
    uint32_t kept_count = 0;
    uint32_t pruned = kNoPosition;
    for (uint32_t k = 0; k < list.count; ++k) {
        const Edge& edge = list.edges[k];
        bool keep = true;
        for (uint32_t j = 0; j < kept_count && keep; ++j)
            keep = list.applicant.alpha2 * between(list, kept[j], edge.index) >= edge.length;
        if (keep)
            kept[kept_count++] = edge.index;
        else if (!list.tree_edge(edge.index))
            pruned = edge.index;
    }
    return pruned;
}

}  // namespace

uint32_t choose_position(const NodeView& node, const KeySpace& keys, VectorView vector,
                         const ListEnd* ends, const Applicant& applicant, bool must) {
    const uint32_t degree = node.degree();
    if (degree < node.layout().degree()) return degree;
    List list{node, keys, applicant, ends, degree + 1, {}, {}};
    for (uint32_t i = 0; i <= degree; ++i) {
        list.ends[i] =
            i < degree ? end_of(list, vector, i) : End{applicant.distance2, applicant.norm2};
        const float length =
            keys.edge(list.ends[i].distance2, node.header().norm2, list.ends[i].norm2);
        // std::sort must not see a NaN, even of a damaged page.
        list.edges[i] = {length == length ? length : kHuge, i};
    }
    std::sort(list.edges, list.edges + list.count,
              [](const Edge& a, const Edge& b) { return a.length < b.length; });
    uint32_t position = longest(list, is_free_backfilled);
    if (position == kNoPosition) position = longest_pruned(list);
    if (position == kNoPosition) position = longest(list, is_evictable);
    if (position == degree) position = kNoPosition;
    if (position == kNoPosition && must) position = longest(list, is_evictable_neighbor);
    return position;
}

}  // namespace vectidx
