// The body of Inserter (insert.hpp).
#pragma once

#include "core/graph/insert.hpp"

namespace vectidx {

template <NodeWriter Store>
bool Inserter<Store>::insert(const StoredVector& x, HeapTid tid) {
    bool made = false;
    const NodeId id = find_or_make(x, &tid, 1, &made);
    return !failed_ && (made || check(store_.add_tid(id, tid, x.source_checksum)));
}

template <NodeWriter Store>
NodeId Inserter<Store>::place(const StoredVector& x) {
    bool made = false;
    const NodeId id = find_or_make(x, nullptr, 0, &made);
    return failed_ ? kNoNode : id;
}

// The node of an equal vector, or a new one, which has the TIDs.
template <NodeWriter Store>
NodeId Inserter<Store>::find_or_make(const StoredVector& x, const HeapTid* tids, uint8_t count,
                                     bool* made) {
    NodeId equal = find(x);
    while (!failed_ && candidates_.empty()) {
        if (store_.claim_root()) {
            *made = true;
            const NodeId root = append(tids, count);
            if (!failed_) enter(root, 0);
            store_.release_root();
            return root;
        }
        equal = find(x);
    }
    if (failed_ || equal != kNoNode) return equal;
    *made = true;
    choose(nullptr, 0);
    if (failed_) return kNoNode;
    const NodeId id = append(tids, count);
    if (!failed_) link(id);
    return id;
}

template <NodeWriter Store>
NodeId Inserter<Store>::find(const StoredVector& x) {
    x_ = x;
    own_ = arena_.alloc<uint8_t>(layout_.own_bytes());
    refinement_ = arena_.alloc<uint8_t>(layout_.refinement.bytes);
    split_values(layout_, x.values, own_, refinement_);
    traversal_ = VectorBuffer(arena_, layout_.padded);
    traversal_from_bytes(layout_, own_, x.scale, traversal_);
    collect();
    return failed_ ? kNoNode : find_equal();
}

template <NodeWriter Store>
void Inserter<Store>::choose(const Sibling* siblings, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
        candidates_.push_back({edge_to(siblings[i].traversal, siblings[i].norm2), siblings[i].id,
                               0.0f, siblings[i].norm2, 0, 0, 0, true, siblings[i].traversal});
    if (count > 0) sort_candidates();
    select();
    if (!failed_) encode_links();
}

template <NodeWriter Store>
void Inserter<Store>::link(NodeId id) {
    link_back(id);
    if (!failed_) offer_as_entry(id);
}

template <NodeWriter Store>
NodeId Inserter<Store>::append(const HeapTid* tids, uint8_t count) {
    NewNode node{};
    node.values = x_.values;
    node.scale = x_.scale;
    node.norm2 = x_.norm2;
    node.source_checksum = x_.source_checksum;
    node.flags = x_.flags;
    node.tid_count = count;
    node.tids = tids;
    node.degree = static_cast<uint16_t>(count_);
    node.links = links_;
    node.codes = codes_;
    const NodeId id = store_.append(node);
    check(id != kNoNode);
    return id;
}

// The nodes near the new vector.
template <NodeWriter Store>
void Inserter<Store>::collect() {
    const VectorBuffer rotated(arena_, layout_.padded);
    decode_values(layout_, x_.values, x_.scale, rotated);
    const RotatedQuery query = space_.query_for_node(rotated);
    SearchLimits limits;
    limits.batch = params_.ef_construction;
    // Without codes the keys are exact: the search would stop after ef_construction nodes and miss
    // isolated rows, so epsilon widens it. Estimated keys wander enough on their own.
    if (!layout_.has_codes()) limits.epsilon = 0.06f;
    // If nearly all nodes are tombstones, the live ones may be on the far side of the graph.
    constexpr uint32_t kDetour = 8;
    limits.max_expansions = kDetour * params_.ef_construction;
    const bool neighbors = layout_.has_codes() && space_.keys().metric() == Metric::InnerProduct;
    Search<Store, InsertObserver<Store>> search(
        store_, space_.keys(), query, limits, arena_,
        InsertObserver<Store>{&layout_, &candidates_, &bytes_, neighbors ? &neighbor_ids_ : nullptr,
                              &neighbor_codes_, &alike_,
                              vector_checksum(x_.values, x_.scale, layout_.words)});
    if (!check(search.run())) return;
    for (InsertCandidate& c : candidates_) {
        c.key = space_.keys().edge(std::max(0.0f, c.key + c.norm2), x_.norm2, c.norm2);
        // std::sort must not see a NaN, even of a damaged page.
        if (!(c.key == c.key)) c.key = std::numeric_limits<float>::max();
    }
    sort_candidates();
}

template <NodeWriter Store>
void Inserter<Store>::sort_candidates() {
    std::sort(candidates_.begin(), candidates_.end(),
              [](const InsertCandidate& a, const InsertCandidate& b) { return a.key < b.key; });
}

// The node of an equal vector, or kNoNode. By a true distance equal vectors are the nearest, up to
// rounding; by inner product any longer vector may be nearer to a vector than its equal.
template <NodeWriter Store>
NodeId Inserter<Store>::find_equal() {
    if (!layout_.has_codes()) return find_alike();
    for (const InsertCandidate& c : candidates_)
        if (c.scale == x_.scale && c.norm2 == x_.norm2 && holds_vector(c.id)) return c.id;
    if (failed_) return kNoNode;
    return space_.keys().metric() == Metric::InnerProduct ? find_equal_neighbor() : kNoNode;
}

// Without codes every neighbor of an expanded node was looked at, and the equal one with them.
template <NodeWriter Store>
NodeId Inserter<Store>::find_alike() {
    for (const NodeId id : alike_)
        if (holds_vector(id)) return id;
    return kNoNode;
}

// The equal vector may not have been expanded then, but one of the nearest nodes links to it. The
// code stored there equals the code of the new vector.
template <NodeWriter Store>
NodeId Inserter<Store>::find_equal_neighbor() {
    const uint32_t words = layout_.code_words();
    auto* code = arena_.alloc<uint64_t>(words);
    const auto near = std::min<size_t>(candidates_.size(), 2 * layout_.degree());
    for (uint32_t i = 0; i < near; ++i) {
        const InsertCandidate& c = candidates_[i];
        const VectorView vector = vector_of(i);
        if (failed_) return kNoNode;
        encode_link(layout_, vector, traversal_, 0.0f, code);
        for (uint32_t k = c.links_at; k < c.links_at + c.degree; ++k)
            if (std::equal(code, code + words, neighbor_codes_.data() + size_t{k} * words) &&
                holds_vector(neighbor_ids_[k]))
                return neighbor_ids_[k];
    }
    return kNoNode;
}

// Whether a node's vector is the new one, bit for bit. A scaled-down vector may look like one that
// had that length, whose key is known.
template <NodeWriter Store>
bool Inserter<Store>::holds_vector(NodeId id) {
    if (failed_) return false;
    bool same = false;
    auto compare_with = [&](const uint8_t* own) {
        return [&same, own](const uint8_t* bytes, uint32_t from, uint32_t count) {
            same = same && std::equal(bytes, bytes + count, own + from);
        };
    };
    const bool read = store_.read_links(id, [&](const NodeView& node) {
        const NodeHeader& h = node.header();
        same =
            h.scale == x_.scale && h.norm2 == x_.norm2 && ((h.flags ^ x_.flags) & kScaledDown) == 0;
        if (layout_.placement() != VectorPlacement::OutOfLine)
            compare_with(own_)(node.own(), 0, layout_.own_bytes());
    });
    if (!check(read)) return false;
    if (same && layout_.placement() == VectorPlacement::OutOfLine)
        check(store_.read_traversal(id, compare_with(own_)));
    if (same && !failed_ && layout_.refinement.bytes > 0)
        check(store_.read_refinement(id, compare_with(refinement_)));
    return same && !failed_;
}

template <NodeWriter Store>
VectorView Inserter<Store>::vector_of(uint32_t candidate) {
    InsertCandidate& c = candidates_[candidate];
    if (c.vector) return c.vector;
    const VectorBuffer out(arena_, layout_.padded);
    if (layout_.placement() != VectorPlacement::OutOfLine)
        traversal_from_bytes(layout_, bytes_.data() + c.bytes_at, c.scale, out);
    else
        read_traversal(c.id, c.scale, out);
    return c.vector = out;
}

// REQUIRES: the placement is OutOfLine. Zeros after a failed read.
template <NodeWriter Store>
void Inserter<Store>::read_traversal(NodeId id, float scale, VectorBuffer out) {
    const auto decode = [&](const uint8_t* piece, uint32_t from, uint32_t count) {
        traversal_from_piece(layout_, piece, from, count, scale, out);
    };
    if (failed_ || !check(store_.read_traversal(id, decode))) out.clear(layout_.padded);
}

// Chooses neighbors among the live nodes, or among tombstones where nothing lives.
template <NodeWriter Store>
void Inserter<Store>::select() {
    const auto n = static_cast<uint32_t>(candidates_.size());
    auto* distance = arena_.alloc<float>(n + 1);
    auto* used = arena_.alloc<bool>(n + 1);
    bool any_live = false;
    for (uint32_t i = 0; i < n; ++i) {
        distance[i] = candidates_[i].key;
        any_live = any_live || candidates_[i].live;
    }
    for (uint32_t i = 0; i < n; ++i)
        used[i] = any_live && !candidates_[i].live;
    auto between = [&](uint32_t a, uint32_t b) {  // after a failed read, of zeros
        return space_.keys().edge(distance2(vector_of(a), vector_of(b)), candidates_[a].norm2,
                                  candidates_[b].norm2);
    };
    NeighborSelection selection(layout_.degree(), chosen_, 0);
    selection.add_diverse(distance, n, params_.m, params_.alpha * params_.alpha, used, between);
    diverse_ = selection.count();
    // Beyond the nearest few, the relaxed test only costs time.
    const uint32_t near = std::min(n, 2 * layout_.degree());
    selection.add_diverse(distance, near, layout_.degree(), kFillAlpha2, used, between);
    selection.add_nearest(n, used);
    count_ = selection.count();
}

template <NodeWriter Store>
void Inserter<Store>::encode_links() {
    const uint32_t words = layout_.code_words();
    links_ = arena_.alloc<Link>(layout_.degree());
    codes_ = arena_.alloc<uint64_t>(layout_.degree() * words);
    for (uint32_t k = 0; k < count_; ++k) {
        const End neighbor = end(chosen_[k]);
        if (failed_) return;
        links_[k].id = neighbor.id;
        links_[k].backfilled = k >= diverse_;
        links_[k].tree_edge = false;
        links_[k].terms = encode_link(layout_, traversal_, neighbor.vector,
                                      x_.norm2 - neighbor.norm2, codes_ + k * words);
    }
}

// Links from the chosen neighbors to the node, nearest first. The first that takes it is its
// spanning-tree edge; when none would, the nearest candidate that can must.
template <NodeWriter Store>
void Inserter<Store>::link_back(NodeId id) {
    bool in_tree = false;
    for (uint32_t k = 0; k < diverse_ && !failed_; ++k)
        if (link_to(end(chosen_[k]), id, !in_tree, false)) in_tree = true;
    const auto n = static_cast<uint32_t>(candidates_.size());
    for (uint32_t i = 0; i < n && !in_tree && !failed_; ++i)
        in_tree = link_to(end(i), id, true, true);
    if (n > 0 && !in_tree && !failed_) attach_below(candidates_[0].id, id);
}

// Every list near is full of spanning-tree edges. They form a tree: somewhere below is a list that
// is not, and on the way there no node comes twice.
template <NodeWriter Store>
void Inserter<Store>::attach_below(NodeId from, NodeId id) {
    IdSet seen(arena_);
    while (!link_to(read_end(from), id, true, true) && !failed_) {
        store_.poll();
        if (!seen.insert(from)) {
            store_.note_damage(from, "its spanning-tree edges form a ring");
            check(false);
            return;
        }
        check(store_.read_links(from, [&](const NodeView& node) {
            from = node.degree() > 0 ? node.ids()[id % node.degree()] : from;
        }));
        if (failed_) return;
    }
}

template <NodeWriter Store>
typename Inserter<Store>::End Inserter<Store>::read_end(NodeId id) {
    const VectorBuffer vector(arena_, layout_.padded);
    NodeHeader header{};
    const bool read = store_.read_links(id, [&](const NodeView& node) {
        header = node.header();
        if (layout_.placement() != VectorPlacement::OutOfLine)
            traversal_from_bytes(layout_, node.own(), header.scale, vector);
    });
    if (!check(read))
        vector.clear(layout_.padded);
    else if (layout_.placement() == VectorPlacement::OutOfLine)
        read_traversal(id, header.scale, vector);
    return {id, vector, header.norm2};
}

template <NodeWriter Store>
bool Inserter<Store>::link_to(const End& end, NodeId id, bool tree_edge, bool must) {
    if (failed_) return false;
    auto* code = arena_.alloc<uint64_t>(layout_.code_words());
    Link link{id, {}, false, tree_edge};
    link.terms = encode_link(layout_, end.vector, traversal_, end.norm2 - x_.norm2, code);
    const Applicant applicant{distance2(end.vector, traversal_), x_.norm2, code, traversal_,
                              params_.alpha * params_.alpha};
    const Edit edit = store_.edit_links(end.id, [&](const NodeView& node, LinkEdit* change) {
        const ListEnd* ends = layout_.has_codes() ? nullptr : read_list(node);
        if (failed_) return false;
        *change = {choose_position(node, space_.keys(), end.vector, ends, applicant, must), link,
                   code};
        return change->position != kNoPosition;
    });
    check(edit != Edit::Failed);
    return edit == Edit::Made;
}

// Without codes a full list does not tell how far its neighbors are: they are read themselves.
template <NodeWriter Store>
ListEnd* Inserter<Store>::read_list(const NodeView& node) {
    const uint32_t degree = node.degree();
    if (degree < layout_.degree()) return nullptr;
    auto* ends = arena_.alloc<ListEnd>(degree);
    for (uint32_t i = 0; i < degree; ++i)
        store_.prefetch(node.ids()[i]);
    for (uint32_t i = 0; i < degree && !failed_; ++i) {
        const End neighbor = read_end(node.ids()[i]);
        ends[i] = {neighbor.vector, neighbor.norm2};
    }
    return ends;
}

// Entry points are a uniform sample of all nodes (reservoir sampling), the first node always among
// them because the spanning tree starts from it.
template <NodeWriter Store>
void Inserter<Store>::offer_as_entry(NodeId id) {
    const uint32_t capacity = store_.entry_capacity();
    if (id < capacity) return enter(id, id);
    Random random(id);
    if (random.below(id) < capacity - 1)
        enter(id, 1 + static_cast<uint32_t>(random.below(capacity - 1)));
}

template <NodeWriter Store>
void Inserter<Store>::enter(NodeId id, uint32_t position) {
    auto* code = arena_.alloc<uint64_t>(layout_.code_words());
    Link link{id, {}, false, false};
    link.terms = encode_from_center(layout_, traversal_, x_.norm2, arena_, code);
    check(store_.set_entry(position, link, code));
}

}  // namespace vectidx
