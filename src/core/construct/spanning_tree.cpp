// The spanning tree of lists.hpp over the finished lists.
#include <algorithm>

#include "core/base/array.hpp"
#include "core/construct/lists.hpp"

namespace vectidx {

namespace {

struct Tree {
    Lists& lists;
    bool* reached;
    uint8_t* tree_edges;  // per row, how many it holds
    Array<NodeId> queue;
    size_t head = 0;

    void reach(NodeId row) {
        reached[row] = true;
        queue.push_back(row);
    }
    void set_tree_edge(NodeId from, uint32_t k) {
        lists.tree_edges[size_t{from} * lists.tree_edge_bytes() + k / 8] |=
            static_cast<uint8_t>(1u << (k % 8));
        ++tree_edges[from];
    }
    NodeId* list(NodeId row) const { return lists.ids + size_t{row} * lists.degree; }
};

// Follows lists from what is in the queue. A parent takes one new neighbor and goes to the end of
// the queue, so that the spanning-tree edges spread evenly over the rows.
void grow(Tree& tree) {
    while (tree.head < tree.queue.size()) {
        const NodeId from = tree.queue[tree.head++];
        const NodeId* list = tree.list(from);
        for (uint32_t k = 0; k < tree.lists.count[from]; ++k)
            if (!tree.reached[list[k]]) {
                tree.set_tree_edge(from, k);
                tree.reach(list[k]);
                tree.queue.push_back(from);
                break;
            }
    }
}

// Ties a row in behind `from`, which is reached. Returns false when all of its list are
// spanning-tree edges.
bool attach(Tree& tree, NodeId from, NodeId row) {
    Lists& lists = tree.lists;
    uint32_t k = lists.count[from];
    if (k < lists.degree) {
        ++lists.count[from];
    } else {
        do {
            if (k == 0) return false;
            --k;
        } while (lists.tree_edge(from, k));
    }
    tree.list(from)[k] = row;
    tree.set_tree_edge(from, k);
    tree.reach(row);
    ++lists.detached;
    return true;
}

// Ties an unreached row to the nearest row that can take it: one of its own neighbors, or else
// any. Returns false when its neighbors are unreached too, and `last_resort` is off.
bool attach_somewhere(Tree& tree, NodeId row, bool last_resort) {
    const NodeId* list = tree.list(row);
    for (uint32_t k = 0; k < tree.lists.count[row]; ++k)
        if (tree.reached[list[k]] && attach(tree, list[k], row)) return true;
    if (!last_resort) return false;
    for (size_t i = tree.queue.size(); i-- > 0;)
        if (attach(tree, tree.queue[i], row)) return true;
    return false;
}

}  // namespace

void build_spanning_tree(NodeId root, Arena& arena, Lists* lists) {
    Tree tree{*lists, arena.alloc<bool>(lists->rows), arena.alloc<uint8_t>(lists->rows),
              Array<NodeId>(arena, lists->rows)};
    std::fill_n(tree.reached, lists->rows, false);
    std::fill_n(tree.tree_edges, lists->rows, uint8_t{0});
    lists->root = root;
    lists->detached = 0;
    tree.reach(root);
    grow(tree);
    for (const bool last_resort : {false, true})
        for (NodeId row = 0; row < lists->rows; ++row)
            if (!tree.reached[row] && attach_somewhere(tree, row, last_resort)) grow(tree);
}

}  // namespace vectidx
