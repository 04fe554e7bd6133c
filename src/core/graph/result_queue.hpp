// The order in which a search (search.hpp) gives its results.
//
// A result has an interval of keys that holds its distance. The nearest result, by the low ends,
// may leave when no other interval overlaps its own; where one does, both are refined first, which
// makes their intervals narrow. What overlaps even then leaves as inexact, and the executor sorts
// it by the operator's distance.
//
// A result that turns up although one that is certainly farther has left is late: it waits in a
// queue of its own.
#pragma once

#include <algorithm>
#include <limits>

#include "core/base/array.hpp"
#include "core/base/heap.hpp"
#include "core/graph/search_entries.hpp"
#include "core/graph/search_result.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

class ResultQueue {
  public:
    static constexpr uint32_t kNotKept = UINT32_MAX;

    // `strict`: a result that may be late is late.
    ResultQueue(const KeySpace& space, const NodeLayout& layout, const RotatedQuery& query,
                FinalOrder order, bool strict, Arena& arena);

    // Results that leave were preceded by others, with lower bounds up to `low`.
    void begin_behind(float low) { low_ = low; }

    // Adds a node with its first heap TIDs, e.tid_count of them, and returns its index. Adds no
    // result: rank() does.
    uint32_t add(const EvaluatedNode& e, const HeapTid* tids) {
        EvaluatedNode* added = evaluated_.extend(1);
        *added = e;
        added->first_tid = static_cast<uint32_t>(tids_.size());
        added->own_at = kNotKept;
        std::copy_n(tids, e.tid_count, tids_.extend(e.tid_count));
        return size() - 1;
    }
    // Keeps own[own_bytes()] of the node that was added last: its refinement wants them again.
    void keep_own(const uint8_t* own);
    // Drops the node that was added last, for which rank() was not called.
    void drop_last();

    uint32_t size() const { return static_cast<uint32_t>(evaluated_.size()); }
    EvaluatedNode& node(uint32_t index) { return evaluated_[index]; }
    const EvaluatedNode& node(uint32_t index) const { return evaluated_[index]; }
    // The bytes of keep_own(); nullptr where none were kept.
    const uint8_t* own(uint32_t index) const {
        const uint32_t at = evaluated_[index].own_at;
        return at == kNotKept ? nullptr : own_.data() + at;
    }
    size_t own_size() const { return own_.size(); }

    // Puts a node among the results, by its key. With an L1 order, its vector is in the order's.
    void rank(uint32_t index);
    // The same with the operator's distance of its rows. Returns the result.
    RankedResult rank_by_distance(uint32_t index, double distance);

    bool empty() const { return results_.empty(); }
    const RankedResult& top() const { return results_.top(); }
    RankedResult pop() { return results_.pop(); }
    void push(const RankedResult& result) { results_.push(result); }
    // Moves all results to `list`, the nearest first.
    void take_all(Array<RankedResult>* list);

    // What has to happen to a result before the next one.
    enum class Turn {
        Refine,      // the result itself
        RefineNext,  // the result on top, which overlaps it
        GiveExact,   // give() it
        Give,        // likewise; the executor has to sort it in
        Late,        // keep_late() it, or drop it
    };
    // REQUIRES: `first` was popped, and no result was pushed since.
    Turn turn(const RankedResult& first) const;

    // Describes a result. Its TIDs hold until the next add().
    void fill(const RankedResult& result, bool exact, SearchResult* found) const;
    // The same for one that leaves: later ones are judged by it.
    void give(const RankedResult& result, bool exact, SearchResult* found);
    // Whether a result that was given is farther than every exact one.
    bool last_is_inexact() const { return given_high_ > exact_high_; }

    void keep_late(const RankedResult& result) { late_.push(result); }
    // Describes the nearest of the late results. False when there is none.
    bool give_late(SearchResult* found);

    // L1: how many of as many nodes again as there are results, if they had the traversal key
    // `frontier`, would be among the `rows` nearest; 0 where few results tell. Final keys are taken
    // to be normally distributed about a line over the traversal keys.
    float expected_nearer(uint32_t rows, float frontier);

    size_t bytes() const {
        return evaluated_.bytes() + tids_.bytes() + own_.bytes() + results_.bytes() + late_.bytes();
    }

  private:
    static constexpr float kBelowAll = -std::numeric_limits<float>::infinity();

    KeyInterval interval_of(const EvaluatedNode& e) const;
    KeyInterval high_byte_interval(const EvaluatedNode& e) const;
    KeyInterval l1_interval(const EvaluatedNode& e) const;
    bool is_late(const RankedResult& result) const;

    const KeySpace& space_;
    const NodeLayout& layout_;
    const RotatedQuery& query_;
    L1Distance* l1_;
    bool by_table_;  // final keys come from rows of the table
    bool strict_;
    Array<EvaluatedNode> evaluated_;
    Array<HeapTid> tids_;
    Array<uint8_t> own_;
    MinHeap<RankedResult> results_;  // live, not given yet
    MinHeap<RankedResult> late_;
    Array<float> final_keys_;  // for expected_nearer()
    // Of the results given so far:
    float low_ = kBelowAll;         // the largest lower bound
    float given_high_ = kBelowAll;  // none is farther
    float exact_high_ = kBelowAll;  // no exact one is farther
};

}  // namespace vectidx
