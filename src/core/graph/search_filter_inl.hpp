// What Search (search.hpp) does with a filter (filter.hpp).
//
// A node's rows are tested when it is expanded, if it is nearer than the last row of the batch. One
// that is farther may wait: it is tested when a later batch reaches it, or when it is given.
//
// Nodes that are rejected are expanded like others, and the score (stop.hpp) counts them: the k-th
// row that passes is the n-th nearest of all, and the search for n rows is the one that was
// calibrated. Dropping rejected nodes near the bound instead of expanding them was measured: it
// saves expansions, but as many look-ups, and costs recall (docs/filters.md).
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

// Tests the rows of a node unless that was done.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::test(uint32_t index) {
    Evaluated& e = queue_.node(index);
    if (e.rows != kUntested) return true;
    SearchResult node{};
    queue_.fill({0.0f, 0.0f, index}, false, &node);
    uint32_t passing = 0;
    if (!count_passing(node, &passing)) return false;
    e.rows = static_cast<uint16_t>(passing);
    return true;
}

template <NodeReader Store, class Observer>
bool Search<Store, Observer>::count_passing(const SearchResult& node, uint32_t* passing) {
    *passing = 0;
    if (node.tid_count > 0 || node.overflow_block != kNoBlock) {
        const uint32_t most = std::clamp<uint32_t>(wanted_ / 10, 1, kUntested - 1u);
        if (!filter_->count(node, most, passing)) return fail();
    }
    ++counters_.tested;
    counters_.accepted += *passing > 0;
    return true;
}

// After keep_result(), with the view closed: drops the node where none of its rows passes.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::admit(uint32_t index) {
    const float key = queue_.node(index).key;
    const bool waits = nearest_.full() && key > bound() && rows_ == nullptr;
    if (!waits && !test(index)) return false;
    keys_.push_back(key);
    const uint16_t passing = queue_.node(index).rows;
    if (passing == 0)
        queue_.drop_last();
    else if (passing != kUntested)
        offer_rows(key, passing);
    return true;
}

// Whether one row of a node passes.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::passes(const SearchResult& node, HeapTid tid, bool* result) {
    SearchResult row = node;
    row.tid_count = 1;
    row.tids = &tid;
    row.overflow_block = kNoBlock;
    uint32_t passing = 0;
    if (!filter_->count(row, 1, &passing)) return fail();
    *result = passing > 0;
    return true;
}

// At the start of a batch: offers the rows known so far. With a filter those that pass; what waited
// is tested, the nearest first, until the batch has what is nearer than the rest.
//
// Rows of add_row() do not count: they say nothing about how much of the graph was searched. Nor do
// nodes whose rows have become results of their own.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::offer_known() {
    held_.clear();
    for (uint32_t i = 0; i < queue_.size(); ++i) {
        const Evaluated& e = queue_.node(i);
        if (e.id == kNoNode || e.tid_count == 0) continue;
        const uint32_t rows = filter_ == nullptr ? e.tid_count : e.rows;
        if (rows == kUntested)
            held_.push_back({e.key, e.key, i});
        else if (rows > 0)
            offer_rows(e.key, rows);
    }
    std::sort(held_.begin(), held_.end(),
              [](const Result& a, const Result& b) { return a.key < b.key; });
    for (const Result& waiting : held_) {
        if (nearest_.full() && waiting.key > bound()) break;
        if (!test(waiting.index)) return false;
        const uint16_t passing = queue_.node(waiting.index).rows;
        if (passing > 0) offer_rows(waiting.key, passing);
    }
    return true;
}

// What a search expands that has no calibration to tell.
template <NodeReader Store, class Observer>
float Search<Store, Observer>::usual_expansions() const {
    const auto usual = static_cast<float>(wanted_ + 20);
    if (filter_ == nullptr) return usual;
    return usual * static_cast<float>(keys_.size() + 1) /
           static_cast<float>(counters_.accepted + 1);
}

// How many of the last of the `within` nearest nodes the rows that pass are spread over. A search
// misses mostly the last of the nodes that it is to find. Where those nearest to the query are all
// rejected, the rows that pass are among these last ones, and more of them would be missed than the
// target allows.
template <NodeReader Store, class Observer>
uint32_t Search<Store, Observer>::passing_window(uint32_t within) const {
    const float mean = nearest_.mean();
    const uint32_t above = within - std::min(within, key_beyond(keys_, mean).count);
    const size_t passing = nearest_.size(), passing_above = passing - nearest_.within(mean);
    // One row, or all are equally near: nobody can tell.
    if (passing_above == 0) return std::max(within / 4, std::min(wanted_, within));
    const uint64_t window = uint64_t{above} * passing / passing_above;
    return static_cast<uint32_t>(std::clamp<uint64_t>(window, std::min(wanted_, within), within));
}

// Asks the filter now and then whether to go on.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::filter_goes_on() {
    if (counters_.expanded < next_look_) return true;
    next_look_ = counters_.expanded + std::max(16u, counters_.expanded / 4);
    const FilterProgress progress = {counters_.expanded, counters_.tested, counters_.accepted,
                                     wanted_, static_cast<uint32_t>(nearest_.size())};
    left_ = !filter_->goes_on(progress);
    return !left_;
}

}  // namespace vectidx
