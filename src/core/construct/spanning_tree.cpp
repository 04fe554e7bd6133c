// The spanning tree of lists.hpp over the finished lists.
#include <algorithm>

#include "core/base/array.hpp"
#include "core/construct/lists.hpp"

namespace vectidx {

namespace {

struct Tree {
    Lists& lists;
    uint32_t spanned;
    bool* reached;
    Array<NodeId> queue;
    size_t head = 0;

    void reach(NodeId row) {
        reached[row] = true;
        queue.push_back(row);
    }
    bool waits(NodeId row) const { return row < spanned && !reached[row]; }
    const NodeId* list(NodeId row) const { return lists.ids + size_t{row} * lists.degree; }
};

void set_tree_edge(Lists& lists, NodeId from, uint32_t k) {
    lists.tree_edges[size_t{from} * lists.tree_edge_bytes() + k / 8] |=
        static_cast<uint8_t>(1u << (k % 8));
}

// Follows lists from what is in the queue. A parent takes one new neighbor and goes to the end of
// the queue, so that the spanning-tree edges spread evenly over the rows.
void grow(Tree& tree) {
    while (tree.head < tree.queue.size()) {
        const NodeId from = tree.queue[tree.head++];
        const NodeId* list = tree.list(from);
        for (uint32_t k = 0; k < tree.lists.count[from]; ++k)
            if (tree.waits(list[k])) {
                set_tree_edge(tree.lists, from, k);
                tree.reach(list[k]);
                tree.queue.push_back(from);
                break;
            }
    }
}

// Ties a row in behind `from`, which is reached. Returns false when all of its list are
// spanning-tree edges.
bool attach(Tree& tree, NodeId from, NodeId row) {
    if (!add_tree_edge(from, row, &tree.lists)) return false;
    tree.reach(row);
    ++tree.lists.detached;
    return true;
}

// Ties an unreached row to the nearest row that can take it: one of its own neighbors, or else
// any. Returns false when its neighbors are unreached too, and `last_resort` is off.
bool attach_somewhere(Tree& tree, NodeId row, bool last_resort) {
    const NodeId* list = tree.list(row);
    for (uint32_t k = 0; k < tree.lists.count[row]; ++k)
        if (list[k] < tree.spanned && tree.reached[list[k]] && attach(tree, list[k], row))
            return true;
    if (!last_resort) return false;
    for (size_t i = tree.queue.size(); i-- > 0;)
        if (attach(tree, tree.queue[i], row)) return true;
    return false;
}

}  // namespace

bool add_tree_edge(NodeId from, NodeId to, Lists* lists) {
    NodeId* list = lists->ids + size_t{from} * lists->degree;
    const uint32_t count = lists->count[from];
    auto k = static_cast<uint32_t>(std::find(list, list + count, to) - list);
    if (k == count && count < lists->degree) {
        ++lists->count[from];
    } else if (k == count) {
        do {
            if (k == 0) return false;
            --k;
        } while (lists->tree_edge(from, k));
    }
    list[k] = to;
    set_tree_edge(*lists, from, k);
    return true;
}

NodeId row_with_room(uint32_t spanned, const Lists& lists) {
    const auto edges = [&](NodeId row) {
        uint32_t count = 0;
        for (uint32_t k = 0; k < lists.count[row]; ++k)
            count += lists.tree_edge(row, k);
        return count;
    };
    if (edges(lists.root) < lists.degree) return lists.root;
    // A tree has rows without edges.
    NodeId row = 0;
    while (row + 1 < spanned && edges(row) > 0)
        ++row;
    return row;
}

void build_spanning_tree(NodeId root, uint32_t spanned, Arena& arena, Lists* lists) {
    Tree tree{*lists, spanned, arena.alloc<bool>(spanned), Array<NodeId>(arena, spanned)};
    std::fill_n(tree.reached, spanned, false);
    lists->root = root;
    lists->detached = 0;
    tree.reach(root);
    grow(tree);
    for (const bool last_resort : {false, true})
        for (NodeId row = 0; row < spanned; ++row)
            if (!tree.reached[row] && attach_somewhere(tree, row, last_resort)) grow(tree);
}

}  // namespace vectidx
