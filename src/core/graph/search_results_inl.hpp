// The result side of Search (search.hpp): intervals, final keys, and the order in which rows leave.
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

template <NodeReader Store, class Observer>
Next Search<Store, Observer>::next(SearchResult* found) {
    while (!failed_) {
        while (!finished_ && (results_.empty() || (given_ >= wanted_ && !confirms())))
            if (!settle_batch()) finished_ = true;
        if (failed_) break;
        if (left_) return Next::End;
        if (results_.empty())
            return !limits_.strict_order && emit_late(found) ? Next::Row : Next::End;
        if (emit(found)) return Next::Row;
    }
    return Next::Failed;
}

// Measures the rows of results within the batch's reach, the nearest first.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::measure_results() {
    held_.clear();
    for (const Result& result : results_.items())
        held_.push_back(result);
    std::sort(held_.begin(), held_.end(),
              [](const Result& a, const Result& b) { return a.key < b.key; });
    results_.clear();
    for (const Result& result : held_) {
        const Evaluated& e = evaluated_[result.index];
        if (!e.refined && e.key <= (bounded_by_final() ? reach() : bound())) {
            if (!refine(result.index)) return false;
            continue;
        }
        if (e.refined && bounded_by_final()) offer_final(result);
        results_.push(result);
    }
    return true;
}

// Puts what was evaluated among the results. L1: its vector is in l1_.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::rank(size_t index) {
    const KeyInterval range = interval_of(evaluated_[index]);
    results_.push({range.low, range.high, static_cast<uint32_t>(index)});
}

// Before refinement the rounding of the low byte is unknown, but random: four standard deviations.
// Afterwards, and where the 16 bits stand in the slot, the bound is the worst case.
template <NodeReader Store, class Observer>
KeyInterval Search<Store, Observer>::interval_of(const Evaluated& e) {
    if ((e.flags & kScaledDown) != 0) return {-std::numeric_limits<float>::infinity(), kFar};
    if (rows_ != nullptr) {
        const float error = 3.0f * space_.key_error(query_, e.key, e.norm2);
        return {e.key - error, e.key + error};
    }
    if (l1_ != nullptr) return l1_interval(e);
    const auto n = static_cast<float>(layout_.padded);
    if (e.refined) return space_.interval(query_, e.key, e.norm2, stored_error(layout_, e.scale));
    if (layout_.placement() == VectorPlacement::Inline)
        return space_.interval(query_, e.key, e.norm2, fixed_error(e.scale, layout_.padded));
    const float step = 256.0f * e.scale;
    const float mean = n * step * step / 12.0f;
    const float distance = std::sqrt(std::max(0.0f, e.key - query_.shift + e.norm2));
    const float spread =
        4.0f * 2.0f * distance * step * 0.2887f + 0.5f * mean;  // 0.2887: 1/sqrt(12)
    const KeyInterval rounded = space_.interval(query_, e.key, e.norm2, 0.0f);
    return {rounded.low - mean - spread, rounded.high - mean + spread};
}

template <NodeReader Store, class Observer>
KeyInterval Search<Store, Observer>::l1_interval(const Evaluated& e) {
    if (e.refined) return l1_->measure(query_, e.key, stored_error(layout_, e.scale));
    const float step = layout_.placement() == VectorPlacement::Inline ? e.scale : 256.0f * e.scale;
    return l1_->measure_rough(query_, e.key, 0.2887f * step);
}

// Puts the result back with its final key.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::refine(uint32_t index) {
    ++counters_.refined;
    store_.poll();
    return rows_ != nullptr ? read_rows(index) : read_refinement(index);
}

// From the rows in the table. Those of a shared node become results of their own.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::read_rows(uint32_t index) {
    const bool shared_node = (evaluated_[index].flags & kSharedNode) != 0;
    if (filter_ != nullptr) {
        if (!test(index)) return false;
        if (evaluated_[index].rows == 0) return true;
    }
    SearchResult node{};
    fill({0.0f, 0.0f, index}, false, &node);
    measured_.clear();
    if (!rows_->measure(node, shared_node, &measured_)) return fail();
    for (const RowDistances::Row& row : measured_) {
        if (shared_node) {
            bool passing = true;
            if (filter_ != nullptr && !passes(node, row.tid, &passing)) return false;
            if (!passing) continue;
            Evaluated e = evaluated_[index];
            e.rows = 1;
            e.first_tid = static_cast<uint32_t>(tids_.size());
            e.tid_count = 1;
            e.overflow_block = kNoBlock;
            e.flags = static_cast<uint8_t>(e.flags & ~kSharedNode);
            tids_.push_back(row.tid);
            evaluated_.push_back(e);
        }
        add_measured(shared_node ? static_cast<uint32_t>(evaluated_.size() - 1) : index, row);
    }
    if (shared_node) evaluated_[index].tid_count = 0;
    return true;
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::add_measured(uint32_t index, const RowDistances::Row& row) {
    Evaluated& e = evaluated_[index];
    const KeyInterval range = space_.interval_of_distance(query_, row.distance);
    e.refined = true;
    const Result result{range.low, range.high, index};
    if (bounded_by_final()) offer_final(result);
    results_.push(result);
}

template <NodeReader Store, class Observer>
float Search<Store, Observer>::final_reach() const {
    if (!bounded_by_final()) return -kFar;
    if (!finals_.full()) return kFar;
    const float key = finals_.worst();
    return key + limits_.deviations * space_.key_error(query_, key, finals_norm2_);
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::offer_final(const Result& result) {
    const Evaluated& e = evaluated_[result.index];
    const float key = std::min(result.high, kFar);
    for (uint32_t i = 0; i < std::min<uint32_t>(e.tid_count, wanted_); ++i)
        if (finals_.offer(key)) finals_norm2_ += 0.2f * (e.norm2 - finals_norm2_);
}

// From the refinement of the vector, which is wanted only once.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::read_refinement(uint32_t index) {
    Evaluated& e = evaluated_[index];
    const bool kept = e.own_at != kNotKept;
    const uint8_t* own = kept ? own_.data() + e.own_at : once_;
    auto copy_to = [](uint8_t* to) {
        return [to](const uint8_t* bytes, uint32_t from, uint32_t count) {
            std::copy_n(bytes, count, to + from);
        };
    };
    if (!kept && layout_.placement() == VectorPlacement::OutOfLine) {
        if (!store_.read_traversal(e.id, copy_to(once_))) return fail();
    } else if (!kept) {
        const bool read = store_.read_links(e.id, [&](const NodeView& node) {
            std::copy_n(node.own(), layout_.own_bytes(), once_);
        });
        if (!read) return fail();
    }
    if (!store_.read_refinement(e.id, copy_to(refinement_))) return fail();
    const float distance2 =
        distance2_to_parts(layout_, query_.rotated.floats(), own, refinement_, e.scale);
    if (l1_ != nullptr) {
        join_values(layout_, own, refinement_, values_);
        decode_values(layout_, values_, e.scale, l1_->vector());
    }
    e.key = distance2 + query_.shift - e.norm2;
    e.refined = true;
    rank(index);
    return true;
}

// Whether a result turned up too late to be in order. The executor holds inexact rows back until a
// lower bound passes them, so none that it has returned is farther than low_; that this one is
// nearer is told by its key, not by its own lower bound, where sums of roundings hardly ever come
// (10 standard deviations: 1e-22).
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::is_late(const Result& result) const {
    if (result.key < exact_high_) return true;
    const Evaluated& e = evaluated_[result.index];
    if ((e.flags & kScaledDown) != 0) return limits_.strict_order && result.key < low_;
    if (layout_.storage() == Storage::Binary) return result.high < low_;
    // Final keys of another kind: most of their interval is as unlikely.
    if (l1_ != nullptr || rows_ != nullptr)
        return result.key + 0.375f * (result.high - result.key) < low_;
    // Of one value, and of the length of all. The latter is twice its mean at 64 values at most.
    const float deviation = stored_deviation(layout_, e.scale);
    const float length2 = 2.2f * static_cast<float>(layout_.padded) * deviation * deviation;
    const float distance2 = e.key - query_.shift + e.norm2;
    const float distance = std::sqrt(std::max(0.0f, distance2 - length2)) - 10.0f * deviation;
    const float nearest = std::max(0.0f, distance);
    return nearest * nearest + query_.shift - e.norm2 < low_;
}

// Gives the nearest result, after refining it and whatever may be as near, until the order is
// certain or all that overlap are refined; those the executor sorts by the operator's distance.
// Returns false when all that were left of the batch came too late, and when a read failed.
// REQUIRES: there are results.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::emit(SearchResult* found) {
    while (!results_.empty()) {
        const Result first = results_.pop();
        if (filter_ != nullptr) {
            if (!test(first.index)) return false;
            if (evaluated_[first.index].rows == 0) continue;
        }
        const Evaluated& e = evaluated_[first.index];
        // Rows whose distances are known to be equal are in order either way.
        const bool point = first.key == first.high;
        const bool alone = results_.empty() || first.high < results_.top().key ||
                           (point && first.high == results_.top().key);
        const bool exact = alone && (e.flags & kSharedNode) == 0 &&
                           (first.key > given_high_ || (point && first.key == given_high_));
        if (!e.refined && (!exact || rows_ != nullptr)) {
            if (!refine(first.index)) return false;
            continue;
        }
        if (!alone && !evaluated_[results_.top().index].refined) {
            const Result second = results_.pop();
            results_.push(first);
            if (!refine(second.index)) return false;
            continue;
        }
        const uint32_t rows = std::max<uint32_t>(1, filter_ == nullptr ? e.tid_count : e.rows);
        if (is_late(first)) {
            late_.push(first);
            ++counters_.late;
            if (!limits_.strict_order) continue;
            // What is farther is not settled, and would make more of the next batch late.
            given_ += rows;
            if (given_ >= wanted_ && !finished_) return false;
            continue;
        }
        fill(first, exact, found);
        low_ = std::max(low_, first.key);
        given_high_ = std::max(given_high_, first.high);
        if (exact) exact_high_ = first.high;
        given_ += rows;
        return true;
    }
    return false;
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::emit_late(SearchResult* found) {
    if (late_.empty()) return false;
    fill(late_.pop(), false, found);
    return true;
}

template <NodeReader Store, class Observer>
void Search<Store, Observer>::fill(const Result& result, bool exact, SearchResult* found) const {
    const Evaluated& e = evaluated_[result.index];
    found->id = e.id;
    found->low = result.key;
    found->high = result.high;
    found->exact = exact;
    found->tid_count = e.tid_count;
    found->tids = tids_.data() + e.first_tid;
    found->overflow_block = e.overflow_block;
    found->overflow_slot = e.overflow_slot;
}

}  // namespace vectidx
