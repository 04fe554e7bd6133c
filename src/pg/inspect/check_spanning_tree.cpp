// Reachability: the spanning tree leads from the first entry point to all nodes.
#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

// Follows the spanning tree from a node up to one that is reached or to an end, and notes what that
// means for all on the way.
void follow(Checker& c, NodeId id, uint8_t* seen) {
    NodeId at = id;
    while (at != kNoNode && at < c.nodes && !c.has(at, kReached) && seen[at] == 0) {
        seen[at] = 1;
        at = c.tree_parent[at];
    }
    if (at == kNoNode || at >= c.nodes || !c.has(at, kReached)) return;
    for (at = id; !c.has(at, kReached); at = c.tree_parent[at])
        c.notes[at] |= kReached;
}

// Whether a row of the node is visible, so that the insert that made the node was finished. Rows of
// the pending list are visible before a merge has made their nodes.
bool has_visible_row(Checker& c, NodeId id, const NodeView& node) {
    bool visible = false;
    const BlockNumber heap_blocks = RelationGetNumberOfBlocks(c.heap);
    for_each_tid(c, id, node, c.reader.spot(id), [&](const HeapTid& tid, Spot) {
        ItemPointerData pointer;
        memcpy(&pointer, &tid, sizeof(pointer));
        if (visible || c.was_pending.contains(tid) ||
            !OffsetNumberIsValid(ItemPointerGetOffsetNumberNoCheck(&pointer)) ||
            ItemPointerGetBlockNumberNoCheck(&pointer) >= heap_blocks)
            return;
        CHECK_FOR_INTERRUPTS();
        visible = table_index_fetch_tuple_check(c.heap, &pointer, c.snapshot, nullptr);
    });
    return visible;
}

}  // namespace

void check_spanning_tree(Checker& c) {
    if (c.reader.header().entry_count == 0) {
        for (NodeId id = 0; id < c.nodes; ++id)
            if (c.has(id, kInBounds) && c.reader.read_slot(id, c.slot) &&
                has_visible_row(c, id, NodeView(c.layout, c.slot)))
                c.findings.error(Code::SpanningTree, c.reader.spot(id), "there is no entry point");
        return;
    }
    const NodeId root = c.reader.entries().ids()[0];
    if (root >= c.nodes) return;  // reported, or the index was empty a moment ago
    auto* seen = c.arena.alloc<uint8_t>(c.nodes);
    memset(seen, 0, c.nodes);
    if (c.tree_parent[root] != kNoNode)
        c.findings.error(Code::SpanningTree, c.reader.spot(root),
                         "the first entry point is the end of a spanning-tree edge");
    c.notes[root] |= kReached;
    for (NodeId id = 0; id < c.nodes; ++id) {
        CHECK_FOR_INTERRUPTS();
        if (!c.has(id, kInBounds)) continue;
        follow(c, id, seen);
        if (c.has(id, kReached) || !c.reader.read_slot(id, c.slot)) continue;
        const bool lost = has_visible_row(c, id, NodeView(c.layout, c.slot));
        // An insert that did not finish, by a crash or an error, leaves a node whose rows nobody
        // ever sees; so does one that is under way.
        if (lost)
            c.findings.error(
                Code::SpanningTree, c.reader.spot(id),
                "no spanning-tree edges lead to the node, so searches may miss its rows");
        else
            c.findings.report(
                Severity::Info, Code::SpanningTree, c.reader.spot(id),
                "no spanning-tree edges lead to the node of an insert that did not finish");
    }
    c.arena.free(seen);
}

}  // namespace vectidx
