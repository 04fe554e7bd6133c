// Lists of neighbors: their ids, and the codes, which follow from the two vectors. A code is
// computed again and must be the same, bit by bit: encode_neighbor() gives the same on every CPU.
#include <algorithm>

#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

class LinkCheck {
  public:
    explicit LinkCheck(Checker& c)
        : c_(c),
          parent_(c.arena, c.layout.padded),
          child_(c.arena, c.layout.padded),
          code_(c.arena.alloc<uint64_t>(c.layout.code_words())) {}

    void check(NodeId id) {
        if (!c_.reader.read_slot(id, c_.slot)) return;
        const NodeView node(c_.layout, c_.slot);
        const Spot at = c_.reader.spot(id);
        check_names(id, node, at);
        // A damaged vector, which was reported, has codes that differ all around it.
        if (!c_.layout.has_codes() || !c_.has(id, kGoodVector) ||
            !c_.reader.read_traversal(id, node, parent_))
            return;
        uint32_t differ = 0;
        for (uint32_t k = 0; k < node.degree(); ++k)
            differ += code_differs(node, k);
        if (differ > 0)
            c_.findings.error(Code::NeighborCode, at,
                              "the codes of %u of %u neighbors are not those of their "
                              "vectors",
                              differ, node.degree());
    }

    // The same for an entry point, whose parent is the zero vector.
    bool entry_differs(const NodeView& node, NodeId id, const uint64_t* code, float add,
                       Bfloat16 scale) {
        parent_.clear(c_.layout.padded);
        if (!c_.layout.has_codes() || !c_.reader.read_traversal(id, node, child_)) return false;
        return differs(-node.header().norm2, code, add, scale);
    }

  private:
    void check_names(NodeId id, const NodeView& node, Spot at) {
        const NodeId* ids = node.ids();
        for (uint32_t k = 0; k < node.degree(); ++k) {
            if (!c_.reader.in_range(ids[k])) {
                c_.findings.error(Code::Link, at, "neighbor %u is beyond the last node", k);
                continue;
            }
            if (ids[k] == id)
                c_.findings.error(Code::Link, at, "neighbor %u is the node itself", k);
            if (std::find(ids, ids + k, ids[k]) != ids + k)
                c_.findings.error(Code::Link, at, "neighbor %u occurs twice", k);
            // A node that was not written when its page was read may be written by now.
            const bool written = ids[k] < c_.nodes && c_.has(ids[k], kWritten);
            if (!written && !c_.reader.read_slot(ids[k], c_.other_slot))
                c_.findings.error(Code::Link, at, "neighbor %u was never written", k);
            if (ids[k] < c_.nodes && node.tree_edge(k)) note_tree_edge(id, ids[k], at);
        }
    }

    void note_tree_edge(NodeId from, NodeId to, Spot at) {
        if (c_.tree_parent[to] != kNoNode)
            c_.findings.error(Code::SpanningTree, at,
                              "the spanning-tree edge to node %u is also held by node %u", to,
                              c_.tree_parent[to]);
        c_.tree_parent[to] = from;
    }

    bool code_differs(const NodeView& node, uint32_t k) {
        const NodeId id = node.ids()[k];
        if (id < c_.nodes && c_.has(id, kWritten) && !c_.has(id, kGoodVector)) return false;
        if (!c_.reader.read_slot(id, c_.other_slot)) return false;
        const NodeView child(c_.layout, c_.other_slot);
        if (!c_.reader.read_traversal(id, child, child_)) return false;
        return differs(node.header().norm2 - child.header().norm2, node.code(k), node.add()[k],
                       node.scale()[k]);
    }

    bool differs(float key_difference, const uint64_t* code, float add, Bfloat16 scale) {
        const NeighborTerms terms = encode_link(c_.layout, parent_, child_, key_difference, code_);
        return !same_terms(terms, {add, scale}) ||
               !std::equal(code_, code_ + c_.layout.code_words(), code);
    }

    Checker& c_;
    VectorBuffer parent_;
    VectorBuffer child_;
    uint64_t* code_;
};

}  // namespace

void check_links(Checker& c) {
    LinkCheck check(c);
    for (NodeId id = 0; id < c.nodes; ++id)
        if (c.has(id, kInBounds)) check.check(id);
}

void check_entry_points(Checker& c) {
    LinkCheck check(c);
    // A copy: looking for nodes may read the metapage again.
    GraphReader copy = c.reader;
    Entries entries = copy.entries();
    const uint32_t words = c.layout.code_words();
    for (uint32_t i = 0; i < copy.header().entry_count; ++i) {
        const NodeId id = entries.ids()[i];
        const Spot at = {kMetaBlock, static_cast<int>(i)};
        if (!c.reader.in_range(id) || !c.reader.read_slot(id, c.slot)) {
            c.findings.error(Code::EntryPoint, at, "the entry point does not lead to a node");
            continue;
        }
        if (id < c.nodes && c.has(id, kWritten) && !c.has(id, kGoodVector)) continue;
        if (check.entry_differs(NodeView(c.layout, c.slot), id, entries.codes() + i * words,
                                entries.add()[i], entries.scale()[i]))
            c.findings.error(Code::EntryPoint, at,
                             "the code of the entry point is not that of its vector");
    }
}

}  // namespace vectidx
