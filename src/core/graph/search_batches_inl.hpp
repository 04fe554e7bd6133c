// The batches of Search (search.hpp): what is in reach, and when a batch is settled.
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

// Opens a batch: all rows of the graph known so far are among its candidates. Returns false when no
// search is left to do.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::start_batch() {
    constexpr uint32_t kMost = UINT32_MAX / 4;
    wanted_ = wanted_ == 0 ? limits_.batch : 2 * std::min(std::max(wanted_, given_), kMost);
    nearest_.reset(wanted_);
    improvements_ = Improvements(wanted_);
    if (!offer_known()) return false;
    if (limits_.calibration != nullptr) take_rule(wanted_, wanted_);
    if (bounded_by_final()) {
        finals_.reset(wanted_);
        if (!measure_results()) return false;
    }
    take_deferred(kFar);
    next_check_ = few_nodes_known() ? kLeastExpanded : 0;
    return !frontier_.empty() && may_go_on();
}

// How many rows are given before the next batch. A search misses mostly the farthest of the rows
// that it is to find. So the last ones of a batch wait, where there was a batch before, until the
// next has found those between them.
template <NodeReader Store, class Observer>
uint32_t Search<Store, Observer>::to_give() const {
    return wanted_ == limits_.batch ? wanted_ : wanted_ - wanted_ / 8;
}

// Whether the next row is only to tell that the last one of the first batch is in order.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::confirms() const {
    return wanted_ == limits_.batch && given_ < wanted_ + limits_.confirming &&
           queue_.last_is_inexact();
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::may_go_on() {
    counters_.ended_early = over_limits();
    return !counters_.ended_early;
}

// Offers the key once per row of its node, but no more often than for a tenth of the batch: were
// its rows on one or two nodes, a search that misses one of those would miss most rows.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::offer_rows(float key, uint32_t count) {
    const uint32_t rows = std::clamp<uint32_t>(count, 1, std::max(1u, wanted_ / 10));
    for (uint32_t i = 0; i < rows && nearest_.offer(key); ++i)
        improvements_.note(static_cast<uint32_t>(keys_.size()));
}

// The rule for a batch whose rows are on so many nodes, of which the last `window` count.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::take_rule(uint32_t nodes, uint32_t window) {
    // A row that a batch misses is dropped when the next one finds it.
    const float later = limits_.strict_order && given_ > 0 ? 0.1f : 1.0f;
    const float part = nodes > 0 ? static_cast<float>(window) / static_cast<float>(nodes) : 1.0f;
    const float missed = later * part * (1.0f - limits_.target_recall);
    rule_ = stop_rule(*limits_.calibration, 1.0f - missed, nodes);
    rule_rows_ = nodes;
    rule_window_ = window;
    // Where the score will reach the threshold if all is as usual, and some more.
    const float usual = rule_.threshold + kExpandedWeight * std::log(std::max(rule_.hops, 1.0f)) -
                        std::log(static_cast<float>(std::max(nodes, 1u)));
    margin_ = std::clamp(usual / kGapWeight + 0.08f, 0.05f, 1.0f);
}

// Puts deferred candidates with estimates up to `limit` on the frontier. Those that were expanded
// meanwhile are dropped.
template <NodeReader Store, class Observer>
void Search<Store, Observer>::take_deferred(float limit) {
    if (deferred_.empty()) return;
    size_t kept = 0;
    least_deferred_ = kFar;
    for (const Candidate& candidate : deferred_) {
        if (expanded_.contains(candidate.id)) continue;
        if (candidate.key > limit) {
            least_deferred_ = std::min(least_deferred_, candidate.key);
            deferred_[kept++] = candidate;
        } else {
            frontier_.add(orderly(candidate));
        }
    }
    deferred_.truncate(kept);
    frontier_.order();
}

// Reaches for more of what was deferred, when that is the nearest now. Returns false when there is
// nothing.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::widen() {
    if (deferred_.empty()) return false;
    margin_ = 2.0f * margin_ + 0.05f;
    take_deferred(std::max(reach(), least_deferred_));
    return true;
}

// REQUIRES: the frontier is not empty.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::settled() {
    const float key = frontier_.top().key;
    if (limits_.calibration != nullptr) return settled_by_score(key);
    if (!nearest_.full() || key <= final_reach()) return false;
    if (limits_.listed && by_l1() && key > bound() && expects_more(key)) return false;
    return key > stretch(bound()) ||
           (limits_.ends_when_idle &&
            is_idle(keys_.size(), improvements_.last(), usual_expansions(), 0.0f));
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::settled_by_score(float frontier) {
    const size_t expanded = keys_.size();
    if (expanded < next_check_) return false;
    next_check_ = expanded + 1 + expanded / 64;
    // One row too far says that all nearer ones are there, if it is the right one.
    const NextKey beyond = key_beyond(keys_, wanted_within());
    const bool few =
        filter_ == nullptr ? beyond.count < wanted_ : !nearest_.full() || bound() > wanted_within();
    const bool ends = few && beyond.key < kFar;
    if (!(ends || nearest_.full()) || frontier <= final_reach()) return false;
    const float last = ends ? beyond.key : bound();
    const KeyRanks ranks = rank_keys(keys_, last, frontier);
    constexpr uint32_t kFewNodes = 10;
    uint32_t nodes = wanted_;
    if (ends) nodes = std::clamp(ranks.within, std::min(wanted_, kFewNodes), wanted_);
    uint32_t window = nodes;
    if (filter_ != nullptr) {
        nodes = std::max(nodes, ranks.within);
        window = ends ? nodes : passing_window(nodes);
    }
    const auto differs = [](uint32_t n, uint32_t taken) {
        return n + n / 16 < taken || n > taken + taken / 16;
    };
    if (differs(nodes, rule_rows_) || differs(window, rule_window_)) take_rule(nodes, window);
    const float far = far_factor(last, rule_.far_key);
    float origin = 0.0f;
    if (space_.metric() == Metric::InnerProduct)
        origin = inner_product_origin(nodes, *std::min_element(keys_.begin(), keys_.end()), last);
    if (stop_score(ranks.rank, expanded, frontier - origin, last - origin, far) < rule_.threshold &&
        !is_idle(expanded, improvements_.last(), rule_.hops, far))
        return false;
    if (by_l1() && !ends && expects_more(frontier)) return false;
    reached_bound_ = ends;
    return true;
}

// L1: whether the search has seen that its own order is so loose an order of the distances that
// many of the nearest are still to come. A few more than the target allows are no reason: the
// thresholds have been measured with them.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::expects_more(float frontier) {
    constexpr float kMostSearches = 30.0f;
    const auto expanded = static_cast<float>(keys_.size());
    if (!limits_.listed && expanded > kMostSearches * rule_.hops) return false;
    const auto rows = static_cast<float>(wanted_);
    const float allowed = (1.0f - limits_.target_recall) * rows;
    return queue_.expected_nearer(wanted_, frontier) >
           std::max(3.0f, 1.0f + 2.0f * std::log10(rows)) * allowed;
}

// Returns false when the graph or a limit ended the search, so that what is known is all there will
// be, or a failed read did.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::settle_batch() {
    const bool more = start_batch() && expand_batch() && !reached_bound_;
    if (!failed_ && rows_ != nullptr && !bounded_by_final()) measure_results();
    return more && !failed_;
}

// Expands until the batch is settled.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::expand_batch() {
    for (;;) {
        if (frontier_.empty() || least_deferred_ < frontier_.top().key) {
            // Without a calibration all that was deferred is too far.
            if (limits_.calibration == nullptr && frontier_.empty()) return !deferred_.empty();
            if (limits_.calibration != nullptr && widen()) continue;
            if (frontier_.empty()) return false;
        }
        if (settled()) return true;
        if (!may_go_on() || (filter_ != nullptr && !filter_goes_on())) return false;
        const Candidate next = frontier_.pop();
        if (!expanded_.insert(next.id)) continue;
        if (!observer_.taken(next.key)) return false;
        if (!expand(next.id)) return false;
    }
}

}  // namespace vectidx
