// The body of Search (search.hpp).
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

// The entry points' parent is the centre of the space, the zero vector.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::seed() {
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
    frontier_.order();
}

// Opens a batch over the results that are known but not given. Returns false when no search is left
// to do.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::start_batch() {
    nearest_.reset(limits_.batch);
    for (const Result& result : results_.items()) {
        const Evaluated& e = evaluated_[result.index];
        for (uint32_t i = 0; i < std::min<uint32_t>(e.tid_count, limits_.batch); ++i)
            nearest_.offer(e.key);
    }
    if (!deferred_.empty()) {
        for (const Candidate& candidate : deferred_)
            frontier_.add(orderly(candidate));
        frontier_.order();
        deferred_.clear();
    }
    batch_start_ = evaluated_.size();
    batch_left_ = limits_.batch;
    return !frontier_.empty() && !over_limits();
}

// Expands until the batch is settled. Returns false when the graph or a limit ended the search, so
// that what is known is all there will be.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::settle_batch() {
    if (!start_batch()) return false;
    while (!frontier_.empty()) {
        const bool bounded = nearest_.full();
        if (bounded && frontier_.top().key > reach()) return true;
        if (bounded && evaluated_.size() - batch_start_ >= limits_.batch_cap) return true;
        if (over_limits()) return false;
        const Candidate next = frontier_.pop();
        if (!expanded_.insert(next.id)) continue;
        if (!observer_.taken(next.key, bound())) return false;
        expand(next.id);
    }
    // Everything near was expanded; what was deferred waits for the next batch.
    return !deferred_.empty();
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::expand(NodeId id) {
    store_.poll();
    ++counters_.expanded;
    Scratch& x = *scratch_;
    const bool apart = layout_.own_form() == OwnForm::Apart;
    store_.read_links(id, [&](const NodeView& node) {
        for (uint32_t at = 0; at < layout_.slot_size; at += 64)
            __builtin_prefetch(node.bytes() + at);
        x.header = node.header();
        x.count = node.degree();
        x.key = apart ? 0.0f : own_key_in_slot(node);
        std::copy_n(node.ids(), x.count, x.ids);
        // The estimates' own key is added when it is known.
        planes_.estimate(node.codes(), node.add(), node.scale(), x.count, 0.0f, x.estimates);
        if (!apart) {
            if (node.live()) add_result(id, node, x.key);
            observer_.expanded(id, node, x.key);
        }
    });
    if (apart) {
        x.key = own_key_apart(id, x.header.scale);
        store_.read_links(id, [&](const NodeView& node) {
            if (node.live()) add_result(id, node, x.key);
            observer_.expanded(id, node, x.key);
        });
    }
    push_neighbors(x.key);
}

template <NodeReader Store, class Observer>
float Search<Store, Observer>::own_key_in_slot(const NodeView& node) {
    const FixedKernels& kernels = fixed_kernels();
    const NodeHeader& h = node.header();
    const float distance2 =
        layout_.own_form() == OwnForm::Whole
            ? kernels.l2_squared(query_.rotated, node.own_whole(), h.scale, layout_.padded)
            : kernels.l2_squared_high(query_.rotated, node.own_high(), h.scale, layout_.padded);
    return distance2 + query_.shift - h.norm2;
}

template <NodeReader Store, class Observer>
float Search<Store, Observer>::own_key_apart(NodeId id, float scale) {
    const FixedKernels& kernels = fixed_kernels();
    float distance2 = 0.0f;
    store_.read_steering(id, [&](const uint8_t* bytes, uint32_t from, uint32_t count) {
        distance2 += kernels.l2_squared_high(query_.rotated + from,
                                             reinterpret_cast<const int8_t*>(bytes), scale, count);
    });
    return distance2 + query_.shift - scratch_->header.norm2;
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::add_result(NodeId id, const NodeView& node, float key) {
    const NodeHeader& h = node.header();
    Evaluated e{};
    e.id = id;
    e.key = key;
    e.scale = h.scale;
    e.norm2 = h.norm2;
    e.first_tid = static_cast<uint32_t>(tids_.size());
    e.tid_count = h.tid_count;
    e.overflow_block = h.overflow_block;
    e.overflow_slot = h.overflow_slot;
    e.flags = static_cast<uint8_t>(h.flags | (query_.coarse ? kCoarse : 0));
    e.refined = layout_.own_form() == OwnForm::Whole;
    e.high_at = kNotKept;
    std::copy_n(node.tids(), h.tid_count, tids_.extend(h.tid_count));
    if (layout_.own_form() == OwnForm::Split && key <= bound()) {
        // Likely to be given: its final distance will want the high plane again.
        e.high_at = static_cast<uint32_t>(high_.size());
        std::copy_n(node.own_high(), layout_.padded, high_.extend(layout_.padded));
    }
    evaluated_.push_back(e);
    const KeyInterval range = interval_of(e);
    results_.push({range.low, range.high, static_cast<uint32_t>(evaluated_.size() - 1)});
    const uint32_t rows = std::max<uint32_t>(1, h.tid_count);
    for (uint32_t i = 0; i < std::min(rows, limits_.batch); ++i)
        if (!nearest_.offer(key)) break;
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::add_row(const StoredVector& x, HeapTid tid) {
    Evaluated e{};
    e.id = kNoNode;
    e.key = fixed_kernels().l2_squared(query_.rotated, x.values, x.scale, layout_.padded) +
            query_.shift - x.norm2;
    e.scale = x.scale;
    e.norm2 = x.norm2;
    e.first_tid = static_cast<uint32_t>(tids_.size());
    e.tid_count = 1;
    e.overflow_block = kNoBlock;
    e.flags = static_cast<uint8_t>(x.flags | (query_.coarse ? kCoarse : 0));
    e.refined = true;
    e.high_at = kNotKept;
    tids_.push_back(tid);
    evaluated_.push_back(e);
    const KeyInterval range = interval_of(e);
    results_.push({range.low, range.high, static_cast<uint32_t>(evaluated_.size() - 1)});
    listed_bytes_ = bytes();
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::push_neighbors(float key) {
    Scratch& x = *scratch_;
    const float limit = reach() - key;
    uint32_t count = 0;
    Candidate nearest = frontier_.empty() ? Candidate{kFar, kNoNode} : frontier_.top();
    for (uint32_t i = 0; i < x.count; ++i) {
        const Candidate candidate = {x.estimates[i] + key, x.ids[i]};
        if (candidate.id == limits_.exclude) continue;
        if (!(x.estimates[i] <= limit)) {
            deferred_.push_back(candidate);
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

// Before refinement the rounding of the low byte is unknown, but random: four standard deviations.
// Afterwards the bound is the worst case.
template <NodeReader Store, class Observer>
KeyInterval Search<Store, Observer>::interval_of(const Evaluated& e) const {
    if ((e.flags & kCoarse) != 0) return {-std::numeric_limits<float>::infinity(), kFar};
    const auto n = static_cast<float>(layout_.padded);
    if (e.refined)
        return keys_.interval(query_, e.key, e.norm2, fixed_error(e.scale, layout_.padded));
    const float step = 256.0f * e.scale;
    const float mean = n * step * step / 12.0f;
    const float distance = std::sqrt(std::max(0.0f, e.key - query_.shift + e.norm2));
    const float spread =
        4.0f * 2.0f * distance * step * 0.2887f + 0.5f * mean;  // 0.2887: 1/sqrt(12)
    const KeyInterval rounded = keys_.interval(query_, e.key, e.norm2, 0.0f);
    return {rounded.low - mean - spread, rounded.high - mean + spread};
}

// Reads the low bytes and puts the result back with its final key.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::refine(Result result) {
    Evaluated& e = evaluated_[result.index];
    ++counters_.refined;
    store_.poll();
    const FixedKernels& kernels = fixed_kernels();
    if (e.high_at == kNotKept) {
        e.high_at = static_cast<uint32_t>(high_.size());
        int8_t* high = high_.extend(layout_.padded);
        if (layout_.own_form() == OwnForm::Split)
            store_.read_links(e.id, [&](const NodeView& node) {
                std::copy_n(node.own_high(), layout_.padded, high);
            });
        else
            store_.read_steering(e.id, [&](const uint8_t* bytes, uint32_t from, uint32_t count) {
                std::copy_n(reinterpret_cast<const int8_t*>(bytes), count, high + from);
            });
    }
    float distance2 = 0.0f;
    store_.read_rest(e.id, [&](const uint8_t* low, uint32_t from, uint32_t count) {
        distance2 += kernels.l2_squared_split(query_.rotated + from,
                                              high_.data() + e.high_at + from, low, e.scale, count);
    });
    e.key = distance2 + query_.shift - e.norm2;
    e.refined = true;
    const KeyInterval range = interval_of(e);
    results_.push({range.low, range.high, result.index});
}

// Gives the nearest result, after refining it and whatever may be as near, until the order is
// certain or all that overlap are refined; those the executor sorts by the operator's distance.
// Returns false when all that were left came too late. REQUIRES: there are results.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::emit(Found* found) {
    while (!results_.empty()) {
        const Result first = results_.pop();
        const Evaluated& e = evaluated_[first.index];
        const bool alone = results_.empty() || first.high < results_.top().key;
        const bool exact = alone && (e.flags & kMixed) == 0 && first.key > given_high_;
        if (!exact && !e.refined) {
            refine(first);
            continue;
        }
        if (!alone && !evaluated_[results_.top().index].refined) {
            const Result second = results_.pop();
            results_.push(first);
            refine(second);
            continue;
        }
        // Found too late to be in order. What overlaps with an inexact one does not count: the
        // executor holds that one back until a lower bound passes it.
        if (first.key < exact_high_ || first.high < low_) {
            late_.push(first);
            ++counters_.late;
            continue;
        }
        fill(first, exact, found);
        low_ = std::max(low_, first.key);
        given_high_ = std::max(given_high_, first.high);
        if (exact) exact_high_ = first.high;
        const uint32_t rows = std::max<uint32_t>(1, e.tid_count);
        batch_left_ -= std::min(batch_left_, rows);
        return true;
    }
    return false;
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::emit_late(Found* found) {
    if (late_.empty()) return false;
    fill(late_.pop(), false, found);
    return true;
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::fill(const Result& result, bool exact, Found* found) const {
    const Evaluated& e = evaluated_[result.index];
    found->id = e.id;
    found->low = result.key;
    found->exact = exact;
    found->tid_count = e.tid_count;
    found->tids = tids_.data() + e.first_tid;
    found->overflow_block = e.overflow_block;
    found->overflow_slot = e.overflow_slot;
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::over_limits() const {
    // Twice, since the arrays that have the listed rows double when the graph's join them.
    return counters_.expanded >= limits_.max_expansions ||
           bytes() > limits_.max_bytes + 2 * listed_bytes_;
}

template <NodeReader Store, class Observer>
size_t Search<Store, Observer>::bytes() const {
    return frontier_.bytes() + deferred_.bytes() + expanded_.bytes() + evaluated_.bytes() +
           tids_.bytes() + high_.bytes() + results_.bytes() + late_.bytes();
}

}  // namespace vectidx
