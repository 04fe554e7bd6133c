// The result side of Search (search.hpp): refining results, and giving them.
#pragma once

#include "core/graph/search.hpp"

namespace vectidx {

template <NodeReader Store, class Observer>
Next Search<Store, Observer>::next(SearchResult* found) {
    while (!failed_) {
        while (!finished_ && (queue_.empty() || (given_ >= to_give() && !confirms())))
            if (!settle_batch()) finished_ = true;
        if (failed_) break;
        if (left_) return Next::End;
        if (queue_.empty())
            return !limits_.strict_order && queue_.give_late(found) ? Next::Row : Next::End;
        if (emit(found)) return Next::Row;
    }
    return Next::Failed;
}

// Gives the nearest result, after refining it and whatever may be as near, until the order is
// certain or all that overlap are refined; those the executor sorts by the operator's distance.
// Returns false when all that were left of the batch came too late, and when a read failed.
// REQUIRES: there are results.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::emit(SearchResult* found) {
    using Turn = ResultQueue::Turn;
    while (!queue_.empty()) {
        const Result first = queue_.pop();
        if (filter_ != nullptr) {
            if (!test(first.index)) return false;
            if (queue_.node(first.index).rows == 0) continue;
        }
        const Turn turn = queue_.turn(first);
        if (turn == Turn::Refine) {
            if (!refine(first.index)) return false;
            continue;
        }
        if (turn == Turn::RefineNext) {
            const Result second = queue_.pop();
            queue_.push(first);
            if (!refine(second.index)) return false;
            continue;
        }
        const Evaluated& e = queue_.node(first.index);
        const uint32_t rows = std::max<uint32_t>(1, filter_ == nullptr ? e.tid_count : e.rows);
        if (turn == Turn::Late) {
            queue_.keep_late(first);
            ++counters_.late;
            // What is farther is not settled, and would make more of the next batch late. Few rows
            // of the first batch are late, and these are not worth another batch.
            if (wanted_ > limits_.batch || limits_.strict_order) given_ += rows;
            if (given_ >= to_give() && !finished_) return false;
            continue;
        }
        queue_.give(first, turn == Turn::GiveExact, found);
        given_ += rows;
        return true;
    }
    return false;
}

// Measures the rows of results within the batch's reach, the nearest first.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::measure_results() {
    queue_.take_all(&held_);
    for (const Result& result : held_) {
        const Evaluated& e = queue_.node(result.index);
        if (!e.refined && e.key <= (bounded_by_final() ? reach() : bound())) {
            if (!refine(result.index)) return false;
            continue;
        }
        if (e.refined && bounded_by_final()) offer_final(result);
        queue_.push(result);
    }
    return true;
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
    const bool shared_node = (queue_.node(index).flags & kSharedNode) != 0;
    if (filter_ != nullptr) {
        if (!test(index)) return false;
        if (queue_.node(index).rows == 0) return true;
    }
    SearchResult node{};
    queue_.fill({0.0f, 0.0f, index}, false, &node);
    measured_.clear();
    if (!rows_->measure(node, shared_node, &measured_)) return fail();
    for (const RowDistances::Row& row : measured_) {
        uint32_t at = index;
        if (shared_node && !split_row(index, node, row.tid, &at)) return false;
        if (at == kNoNode) continue;
        const Result result = queue_.rank_by_distance(at, row.distance);
        if (bounded_by_final()) offer_final(result);
    }
    if (shared_node) queue_.node(index).tid_count = 0;
    return true;
}

// Makes one row of a node a result of its own, unless it does not pass: *split is kNoNode then.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::split_row(uint32_t index, const SearchResult& node, HeapTid tid,
                                        uint32_t* split) {
    bool passing = true;
    if (filter_ != nullptr && !passes(node, tid, &passing)) return false;
    *split = kNoNode;
    if (!passing) return true;
    Evaluated e = queue_.node(index);
    e.rows = 1;
    e.tid_count = 1;
    e.overflow_block = kNoBlock;
    e.flags = static_cast<uint8_t>(e.flags & ~kSharedNode);
    *split = queue_.add(e, &tid);
    return true;
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
    const Evaluated& e = queue_.node(result.index);
    const float key = std::min(result.high, kFar);
    for (uint32_t i = 0; i < std::min<uint32_t>(e.tid_count, wanted_); ++i)
        if (finals_.offer(key)) finals_norm2_ += 0.2f * (e.norm2 - finals_norm2_);
}

// From the refinement of the vector, which is wanted only once.
template <NodeReader Store, class Observer>
bool Search<Store, Observer>::read_refinement(uint32_t index) {
    const auto copy_to = [](uint8_t* to) {
        return [to](const uint8_t* bytes, uint32_t from, uint32_t count) {
            std::copy_n(bytes, count, to + from);
        };
    };
    Evaluated& e = queue_.node(index);
    const uint8_t* own = queue_.own(index);
    if (own == nullptr) {
        own = scorer_.own();
        const bool read = scorer_.out_of_line()
                              ? store_.read_traversal(e.id, copy_to(scorer_.own()))
                              : store_.read_links(e.id, [&](const NodeView& node) {
                                    std::copy_n(node.own(), layout_.own_bytes(), scorer_.own());
                                });
        if (!read) return fail();
    }
    if (!store_.read_refinement(e.id, copy_to(scorer_.refinement()))) return fail();
    e.key = scorer_.whole(own, e.scale, e.norm2);
    e.refined = true;
    queue_.rank(index);
    return true;
}

}  // namespace vectidx
