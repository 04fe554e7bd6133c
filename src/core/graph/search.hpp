// Best-first search over the inline codes (src/README.md, "Search").
//
// The frontier is a heap of neighbors by estimated key. Expanding a node gives its exact traversal
// key and estimates for its neighbors from the same page. A neighbor may be estimated, and pushed,
// by several parents; it is expanded once, at the smallest of its estimates.
//
// Without codes the neighbors' own slots are read, each once, and the estimates are their exact
// traversal keys.
//
// Results leave in batches. A batch is settled when its rows are known with the wanted recall
// (graph/stop.hpp), or, without a calibration, when the smallest estimate of the frontier exceeds
// (1 + epsilon)^2 times the key of the batch's last result. The search goes on from where it stood
// when more are wanted, and each batch ends at twice as many rows as the one before, so that what
// is done once per batch costs a constant share of all.
//
// A result that turns up later although it is nearer than one already given is kept for the end,
// after the graph is exhausted or a bound is met: order is kept as long as there is a row in order,
// and no row is lost. With `strict_order` it is left out.
//
// The work is shared: the search decides what to expand and when a batch is settled; a Scorer
// (scorer.hpp) computes keys; a ResultQueue (result_queue.hpp) puts results in order.
//
// A read that fails (store.hpp) ends the search at once, and for good: next() says so.
#pragma once

#include <algorithm>
#include <limits>

#include "core/base/array.hpp"
#include "core/base/hash_set.hpp"
#include "core/base/heap.hpp"
#include "core/graph/filter.hpp"
#include "core/graph/result_queue.hpp"
#include "core/graph/scorer.hpp"
#include "core/graph/search_entries.hpp"
#include "core/graph/search_limits.hpp"
#include "core/graph/search_result.hpp"
#include "core/graph/stop.hpp"
#include "core/graph/store.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

// Told of every candidate as it is taken from the frontier; of every node as it is expanded, and,
// without codes, as it is read for its key, with the view still open (do not call the store).
// taken() returns false to end the search there.
struct NoObserver {
    bool taken(float /*estimate*/) { return true; }
    void expanded(NodeId, const NodeView&, float /*key*/) {}
    void measured(NodeId, const NodeView&) {}
};

enum class Next { Row, End, Failed };

template <NodeReader Store, class Observer = NoObserver>
class Search {
  public:
    Search(Store& store, const KeySpace& keys, const RotatedQuery& query,
           const SearchLimits& limits, Arena& arena, Observer observer = {}, FinalOrder order = {})
        : store_(store),
          space_(keys),
          layout_(store.layout()),
          query_(query),
          limits_(limits),
          bound_differs_(order.l1 != nullptr || order.rows != nullptr),
          rows_(order.rows),
          filter_(limits.filter),
          observer_(observer),
          scorer_(keys, layout_, query, order.l1, arena),
          queue_(keys, layout_, query, order, limits.strict_order, arena),
          planes_(layout_.has_codes() ? query.rotated.floats() : nullptr, layout_.choice.code_bits,
                  arena),
          frontier_(arena, 512),
          deferred_(arena),
          expanded_(arena),
          exact_(Store::kInMemory || !layout_.has_codes()),
          seen_(arena, exact_ ? 4096 : 2),
          measured_(arena),
          held_(arena),
          keys_(arena, 128),
          nearest_(arena, limits.batch),
          finals_(arena, limits.batch),
          scratch_(arena.alloc<PageScratch>(1)),
          margin_(limits.epsilon) {
        seed();
    }

    // The next node with a heap TID, in order.
    Next next(SearchResult* found);

    // Adds a row that is not in the graph. Its memory does not count against limits.max_bytes, or a
    // long list would leave none for the graph. REQUIRES: next() was not called yet.
    void add_row(const StoredVector& x, HeapTid tid);

    // Adds nodes with lower bounds of their keys. REQUIRES: limits.listed; as for add_row().
    void add_listed(const Array<SearchCandidate>& candidates);

    // Runs the next batch to its end without giving results, for its observer. Returns false when
    // a read failed.
    bool run() {
        if (!failed_ && !finished_) finished_ = !settle_batch();
        return !failed_;
    }
    // Whether the graph or a limit has ended the search: a further batch would find nothing more.
    bool at_end() const { return finished_; }

    // Whether the filter ended the search. What it has not given by then it does not give.
    bool left() const { return left_; }
    const SearchCounters& counters() const { return counters_; }
    Observer& observer() { return observer_; }

  private:
    using Candidate = SearchCandidate;
    using Evaluated = EvaluatedNode;
    using Result = RankedResult;
    // Expanded at least where the graph is small or may be so: there few misses are a large share.
    static constexpr uint32_t kLeastExpanded = 64;

    // What a failed read leaves behind: returns false.
    bool fail() {
        failed_ = true;
        return false;
    }
    // Functions that read nodes return false after a failed read.
    bool seed();
    bool seed_exactly();
    bool settle_batch();  // false: nothing is left to do, or failed
    bool start_batch();   // likewise
    void offer_rows(float key, uint32_t count);
    void take_rule(uint32_t nodes, uint32_t window);
    void take_deferred(float limit);
    bool expand_batch();  // likewise
    bool expand(NodeId id);
    bool test(uint32_t index);
    bool count_passing(const SearchResult& node, uint32_t* passing);
    bool admit(uint32_t index);
    bool passes(const SearchResult& node, HeapTid tid, bool* result);
    bool offer_known();
    bool filter_goes_on();
    float usual_expansions() const;
    uint32_t passing_window(uint32_t within) const;
    bool out_of_line_key(NodeId id, float* key);
    bool measure_neighbors();
    bool measure(NodeId id, float* key);
    void keep_result(NodeId id, const NodeView& node, float key);
    void push_neighbors(float key);
    bool refine(uint32_t index);
    bool read_refinement(uint32_t index);
    bool read_rows(uint32_t index);
    bool split_row(uint32_t index, const SearchResult& node, HeapTid tid, uint32_t* split);
    void offer_final(const Result& result);
    bool measure_results();
    bool emit(SearchResult* found);  // false: nothing came, or failed
    uint32_t to_give() const;
    bool confirms() const;
    bool may_go_on();  // false: a limit ends the search
    bool over_limits() const;
    size_t bytes() const;
    float bound() const { return nearest_.full() ? nearest_.worst() : kFar; }
    // A bound is one of final keys.
    float wanted_within() const { return bound_differs_ ? kInfinite : limits_.within; }
    bool by_l1() const { return bound_differs_ && rows_ == nullptr; }
    bool bounded_by_final() const { return rows_ != nullptr && limits_.deviations > 0.0f; }
    // Traversal keys of what may be as near as the last of the batch's rows, by final keys.
    float final_reach() const;
    float reach() const { return std::max(stretch(bound()), final_reach()); }
    bool few_nodes_known() const {
        constexpr uint32_t kFewNodes = 1000;
        const Calibration* c = limits_.calibration;
        return c != nullptr && (c->samples == 0 || c->nodes < kFewNodes);
    }
    bool settled();
    bool settled_by_score(float frontier);
    bool expects_more(float frontier);
    bool widen();
    float stretch(float key) const {
        const float factor = (1.0f + margin_) * (1.0f + margin_);
        return key < 0.0f || key == kFar ? key : factor * key;
    }

    // A page may be damaged where no check sees it: a key that is not a number counts as far away.
    static Candidate orderly(Candidate c) { return c.key == c.key ? c : Candidate{kFar, c.id}; }

    static constexpr float kFar = kFarthestKey;
    static constexpr float kInfinite = std::numeric_limits<float>::infinity();

    Store& store_;
    const KeySpace& space_;
    const NodeLayout& layout_;
    const RotatedQuery& query_;
    SearchLimits limits_;
    bool bound_differs_;  // limits_.within is not a bound of traversal keys
    const RowDistances* rows_;
    NodeFilter* filter_;
    Observer observer_;
    Scorer scorer_;
    ResultQueue queue_;  // of what was evaluated
    QueryPlanes planes_;
    MinHeap<Candidate> frontier_;
    Array<Candidate> deferred_;    // estimates out of the batch's reach,
    float least_deferred_ = kFar;  // and the smallest of them
    IdSet expanded_;
    bool exact_;  // neighbors are measured, not estimated
    IdSet seen_;  // where they are: nodes whose key was computed
    Array<RowDistances::Row> measured_;
    Array<Result> held_;
    Array<float> keys_;     // traversal keys of the nodes with rows, as they were expanded
    SmallestKeys nearest_;  // of all rows up to the end of the batch
    SmallestKeys finals_;   // likewise, final keys, where they bound the batch
    PageScratch* scratch_;
    SearchCounters counters_;
    float finals_norm2_ = 0.0f;  // a mean over finals_
    uint32_t wanted_ = 0;        // rows up to the end of the batch,
    uint32_t given_ = 0;         // of which so many were given
    StopRule rule_ = {};         // of the batch,
    uint32_t rule_rows_ = 0;     // for so many nodes,
    uint32_t rule_window_ = 0;   // the last of which count
    float margin_ = 0.0f;        // estimates within (1 + margin)^2 times the bound are in reach
    Improvements improvements_;  // of nearest_, in keys_.size()
    size_t next_check_ = 0;      // keys_.size() from which on the score is computed again
    bool finished_ = false;
    bool reached_bound_ = false;  // nothing within limits_.within is left to find
    bool failed_ = false;
    bool left_ = false;        // the filter ended the search
    uint32_t next_look_ = 32;  // expansions at which it is asked next
    size_t listed_bytes_ = 0;  // what the rows of add_row() took
};

}  // namespace vectidx

#include "core/graph/search_batches_inl.hpp"
#include "core/graph/search_filter_inl.hpp"
#include "core/graph/search_inl.hpp"
#include "core/graph/search_results_inl.hpp"
