// The body of Search (search.hpp).
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

// The entry points' parent is the center of the space, the zero vector.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::seed() {
    if (limits_.listed) return true;  // add_listed() follows
    if (!layout_.has_codes()) return seed_exactly();
    const bool read =
        store_.read_entries([&](const NodeId* ids, const uint64_t* codes, const float* add,
                                const Bfloat16* scale, uint32_t count) {
            const uint32_t words = layout_.code_words();
            for (uint32_t i = 0; i < count; i += kMaxDegree) {
                const uint32_t part = std::min(count - i, kMaxDegree);
                planes_.estimate(codes + i * words, add + i, scale + i, part,
                                 query_.norm2 + query_.shift, scratch_->estimates);
                for (uint32_t k = 0; k < part; ++k)
                    if (ids[i + k] != limits_.exclude)
                        frontier_.add(orderly({scratch_->estimates[k], ids[i + k]}));
            }
        });
    if (!read) return fail();
    frontier_.order();
    return true;
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::seed_exactly() {
    PageScratch& x = *scratch_;
    const bool read = store_.read_entries(
        [&](const NodeId* ids, const uint64_t*, const float*, const Bfloat16*, uint32_t count) {
            x.count = std::min(count, kMaxDegree);
            std::copy_n(ids, x.count, x.ids);
        });
    if (!read) return fail();
    if (!measure_neighbors()) return false;
    for (uint32_t k = 0; k < x.count; ++k)
        frontier_.push(orderly({x.estimates[k], x.ids[k]}));
    return true;
}

// A later batch goes on with those that are left.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::add_listed(const Array<SearchCandidate>& candidates) {
    queue_.begin_behind(limits_.given);
    for (const SearchCandidate& candidate : candidates)
        frontier_.add(candidate);
    frontier_.order();
}

// Without codes: leaves those of scratch_->ids that were not seen before, with their keys.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::measure_neighbors() {
    constexpr uint32_t kAhead = 4;
    PageScratch& x = *scratch_;
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < x.count; ++i)
        if (x.ids[i] != limits_.exclude && seen_.insert(x.ids[i])) {
            x.ids[fresh++] = x.ids[i];
            if (fresh <= kAhead) store_.prefetch(x.ids[fresh - 1]);
        }
    x.count = fresh;
    for (uint32_t i = 0; i < fresh; ++i) {
        if (i + kAhead < fresh) store_.prefetch(x.ids[i + kAhead]);
        store_.poll();
        if (!measure(x.ids[i], &x.estimates[i])) return false;
    }
    return true;
}

// The traversal key of a node.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::measure(NodeId id, float* key) {
    const bool out_of_line = scorer_.out_of_line();
    const bool read = store_.read_links(id, [&](const NodeView& node) {
        if (out_of_line)
            scorer_.start(node.header().scale, node.header().norm2);
        else
            *key = scorer_.in_slot(node);
        observer_.measured(id, node);
    });
    if (!read) return fail();
    return !out_of_line || out_of_line_key(id, key);
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::expand(NodeId id) {
    store_.poll();
    ++counters_.expanded;
    if (limits_.listed && !frontier_.empty()) store_.prefetch(frontier_.top().id);
    PageScratch& x = *scratch_;
    const bool out_of_line = scorer_.out_of_line();
    const uint32_t before = queue_.size();
    bool read = store_.read_links(id, [&](const NodeView& node) {
        for (uint32_t at = 0; at < layout_.slot_size; at += 64)
            __builtin_prefetch(node.bytes() + at);
        x.count = limits_.listed ? 0 : node.degree();
        if (out_of_line)
            scorer_.start(node.header().scale, node.header().norm2);
        else
            x.key = scorer_.in_slot(node);
        std::copy_n(node.ids(), x.count, x.ids);
        // The estimates' own key is added when it is known.
        if (!exact_ && x.count > 0)
            planes_.estimate(node.codes(), node.add(), node.scale(), x.count, 0.0f, x.estimates);
        if (!out_of_line) {
            if (node.live()) keep_result(id, node, x.key);
            observer_.expanded(id, node, x.key);
        }
    });
    if (!read) return fail();
    if (out_of_line) {
        if (!out_of_line_key(id, &x.key)) return false;
        read = store_.read_links(id, [&](const NodeView& node) {
            if (node.live()) keep_result(id, node, x.key);
            observer_.expanded(id, node, x.key);
        });
        if (!read) return fail();
    }
    if (filter_ != nullptr && queue_.size() > before && !admit(before)) return false;
    if (queue_.size() > before) {
        if (!(bounded_by_final() && x.key <= reach()))
            queue_.rank(before);
        else if (!refine(before))
            return false;
    }
    if (limits_.listed) return true;
    if (exact_ && !measure_neighbors()) return false;
    push_neighbors(exact_ ? 0.0f : x.key);
    return true;
}

// The traversal key of the node with which the scorer was started.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::out_of_line_key(NodeId id, float* key) {
    const bool read =
        store_.read_traversal(id, [&](const uint8_t* piece, uint32_t from, uint32_t count) {
            scorer_.add_piece(piece, from, count);
        });
    if (!read) return fail();
    *key = scorer_.key();
    return true;
}

// Notes a live node, with the view still open. Its rank follows.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::keep_result(NodeId id, const NodeView& node, float key) {
    const NodeHeader& h = node.header();
    Evaluated e{};
    e.id = id;
    e.key = key;
    e.scale = h.scale;
    e.norm2 = h.norm2;
    e.tid_count = h.tid_count;
    e.overflow_block = h.overflow_block;
    e.overflow_slot = h.overflow_slot;
    e.flags = static_cast<uint8_t>(h.flags | (query_.scaled_down ? kScaledDown : 0));
    e.refined = layout_.refinement.bytes == 0 && rows_ == nullptr;
    e.rows = kUntested;
    queue_.add(e, node.tids());
    if (!scorer_.out_of_line()) {
        // A node that is likely to be given: its final distance will want these bytes again.
        if (!e.refined && rows_ == nullptr && key <= bound() &&
            queue_.own_size() + layout_.own_bytes() <= limits_.max_kept)
            queue_.keep_own(node.own());
        scorer_.show_slot(node);
    }
    if (filter_ != nullptr) return;  // admit() follows
    keys_.push_back(key);
    offer_rows(key, h.tid_count);
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::add_row(const StoredVector& x, HeapTid tid) {
    Evaluated e{};
    e.id = kNoNode;
    e.key = scorer_.whole(x);
    e.scale = x.scale;
    e.norm2 = x.norm2;
    e.tid_count = 1;
    e.overflow_block = kNoBlock;
    e.flags = static_cast<uint8_t>(x.flags | (query_.scaled_down ? kScaledDown : 0));
    e.refined = rows_ == nullptr;
    e.rows = kUntested;
    queue_.rank(queue_.add(e, &tid));
    listed_bytes_ = bytes();
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::push_neighbors(float key) {
    PageScratch& x = *scratch_;
    const float limit = reach() - key;
    uint32_t count = 0;
    Candidate nearest = frontier_.empty() ? Candidate{kFar, kNoNode} : frontier_.top();
    for (uint32_t i = 0; i < x.count; ++i) {
        const Candidate candidate = {x.estimates[i] + key, x.ids[i]};
        if (candidate.id == limits_.exclude) continue;
        if (!(x.estimates[i] <= limit)) {
            deferred_.push_back(candidate);
            least_deferred_ = std::min(least_deferred_, candidate.key);
        } else if (!expanded_.contains(candidate.id)) {
            x.near[count++] = candidate;
            if (candidate.key < nearest.key) nearest = candidate;
        }
    }
    // It comes next, unless the search ends here; its page arrives while the heap is put in order.
    if (nearest.id != kNoNode) store_.prefetch(nearest.id);
    for (uint32_t i = 0; i < count; ++i)
        frontier_.push(x.near[i]);
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::over_limits() const {
    if (counters_.expanded >= limits_.max_expansions || keys_.size() >= limits_.max_tested)
        return true;
    // Adding up the memory took 3 % of the instructions when every expansion did it.
    constexpr uint32_t kExpansionsPerSum = 16;
    if (counters_.expanded % kExpansionsPerSum != 0) return false;
    // Twice, since the arrays that have the listed rows double when the graph's join them.
    const size_t total = bytes(), listed = 2 * listed_bytes_;
    return total - std::min(total, listed) > limits_.max_bytes;
}

template <NodeReader Store, class Observer>
size_t Search<Store, Observer>::bytes() const {
    return frontier_.bytes() + deferred_.bytes() + expanded_.bytes() + seen_.bytes() +
           keys_.bytes() + queue_.bytes() + measured_.bytes();
}

}  // namespace vectidx
