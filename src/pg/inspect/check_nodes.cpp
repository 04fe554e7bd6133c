// One node at a time: its fields, and its own vector.
#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

constexpr uint8_t kMaxLevel = 64;  // of hnswlib's 1 / ln(m) and 64-bit randomness

// Lists grow and never shrink, so the places behind the last neighbor were never written.
bool unused_links_are_zero(const NodeView& node) {
    const NodeLayout& l = node.layout();
    const uint32_t used = node.degree(), unused = l.degree() - used;
    bool zero = all_zero(node.ids() + used, unused * sizeof(NodeId));
    if (l.has_codes())
        zero = zero &&
               all_zero(node.code(used), size_t{unused} * l.code_words() * sizeof(uint64_t)) &&
               all_zero(node.add() + used, unused * sizeof(float)) &&
               all_zero(node.scale() + used, unused * sizeof(Bfloat16));
    for (uint32_t i = used; i < (l.degree() + 7) / 8 * 8; ++i)
        zero = zero && !node.backfilled(i) && !node.tree_edge(i);
    return zero;
}

// Removed TIDs are overwritten with zeros; slots end at multiples of 8 bytes.
// REQUIRES: header_in_bounds().
bool unused_tids_are_zero(const NodeView& node) {
    const auto* end = reinterpret_cast<const uint8_t*>(node.tids() + node.header().tid_count);
    return all_zero(end, static_cast<size_t>(node.bytes() + node.layout().slot_size - end));
}

// The largest norm is raised before a longer vector goes in.
bool norm_is_known(Checker& c, float norm2) {
    if (c.reader.header().metric != Metric::InnerProduct) return norm2 == 0.0f;
    if (norm2 > c.reader.header().max_norm2) c.reader.refresh();
    return norm2 <= c.reader.header().max_norm2;
}

}  // namespace

void check_node(Checker& c, const NodeView& node, Spot at) {
    const NodeHeader& h = node.header();
    if (!node.header_in_bounds()) return c.findings.error(Code::Node, at, "invalid node header");
    if (h.level > kMaxLevel || (h.flags & ~(kScaledDown | kSharedNode)) != 0)
        c.findings.error(Code::Node, at, "invalid fields in the node header");
    if (h.list_checksum != (h.degree > 0 ? node.list_checksum() : 0))
        c.findings.error(Code::Link, at, "the checksum of the neighbors does not match");
    if (!norm_is_known(c, h.norm2)) c.findings.error(Code::Node, at, "invalid norm of the node");
    if (h.overflow_block == kNoBlock && h.overflow_slot != 0)
        c.findings.error(Code::Node, at, "the node names a slot for TIDs without a page");
    // With a chain, vacuum empties it first and the node afterwards (check_chains).
    if (h.overflow_block == kNoBlock && (h.state == NodeState::Live) != (h.tid_count > 0))
        c.findings.error(Code::Node, at, "%s",
                         h.tid_count > 0 ? "a tombstone has TIDs" : "a live node has no TID");
    if (!unused_links_are_zero(node))
        c.findings.error(Code::Node, at, "the node has neighbors beyond their count");
    if (c.zeroes_tids() && !unused_tids_are_zero(node))
        c.findings.error(Code::Node, at, "the node has TIDs beyond their count");
}

void check_vectors(Checker& c) {
    auto* values = c.arena.alloc<int16_t>(c.layout.words);
    for (NodeId id = 0; id < c.nodes; ++id) {
        if (!c.has(id, kInBounds) || !c.reader.read_slot(id, c.slot)) continue;
        const NodeView node(c.layout, c.slot);
        // A page of the vector that cannot be read was reported.
        if (!c.reader.read_values(id, node, values)) {
            c.findings.error(Code::Vector, c.reader.spot(id), "the node's vector is missing");
            continue;
        }
        if (vector_checksum(values, node.header().scale, c.layout.words) == node.header().checksum)
            c.notes[id] |= kGoodVector;
        else
            c.findings.error(Code::Vector, c.reader.spot(id),
                             "the checksum of the node's vector does not match");
    }
    c.arena.free(values);
}

}  // namespace vectidx
