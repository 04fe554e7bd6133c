// Finds when searches of a graph may stop, by searching for samples whose nearest nodes are known.
//
// A search expands nodes in an order that does not depend on when it stops. So one long search per
// sample, its *trace*, tells for every threshold of the score (graph/stop.hpp) and every k where
// the search would have stopped, and how many of the k nearest it would have found by then.
#pragma once

#include "core/base/function_ref.hpp"
#include "core/construct/samples.hpp"
#include "core/graph/search.hpp"
#include "core/layout/calibration.hpp"

namespace vectidx {

// A node with rows that a search expanded.
struct TraceStep {
    float estimate;  // by which it was taken from the frontier
    float key;       // its own
    uint32_t rank;   // among the nearest of the sample; kNotNear: not among those looked for
};
constexpr uint32_t kNotNear = UINT32_MAX;

struct Trace {
    uint32_t wanted;  // see Sample
    bool own;         // of one of the index's own vectors
    uint32_t length;
    const TraceStep* steps;
    bool inner_product = false;
};

// The thresholds that reach each recall at each depth on the traces. `nodes` is the graph's size.
Calibration choose_rules(const Trace* traces, uint32_t count, uint32_t nodes, Arena& arena);

// Expansions that all traces of a graph of `nodes` nodes may take together.
inline uint64_t trace_budget(uint32_t nodes) {
    return std::clamp<uint64_t>(uint64_t{15} * nodes, 150000, 400000);
}
// Those that one may take.
constexpr uint32_t trace_length(uint32_t wanted) {
    return 1200 + 4 * wanted;
}
constexpr uint32_t kLongestTrace = trace_length(kDepthRows[kDepths - 1]);

// Collects a trace as the observer of a search. It ends a good while after everything is found.
class TraceObserver {
  public:
    struct Ranked {
        NodeId id;
        uint32_t rank;
        bool operator<(const Ranked& other) const { return id < other.id; }
    };
    // ranked[sample.wanted] by id, or nullptr where keys are exact and tell the rank; room for
    // kLongestTrace steps.
    TraceObserver(const Sample& sample, const Ranked* ranked, TraceStep* steps)
        : sample_(&sample), ranked_(ranked), steps_(steps), end_(trace_length(sample.wanted)) {}

    bool taken(float estimate) {
        estimate_ = estimate;
        return length_ < end_;
    }
    void measured(NodeId, const NodeView&) {}
    void expanded(NodeId id, const NodeView& node, float key) {
        if (!node.live()) return;
        const uint32_t rank = ranked_ != nullptr ? rank_of_node(id) : rank_of_key(key);
        steps_[length_++] = {estimate_, key, rank};
        found_ += rank != kNotNear;
        if (found_ == sample_->wanted && rank != kNotNear) end_ = std::min(end_, 400 + 2 * length_);
    }
    uint32_t length() const { return length_; }

  private:
    uint32_t rank_of_node(NodeId id) const {
        const Ranked* end = ranked_ + sample_->wanted;
        const Ranked* at = std::lower_bound(ranked_, end, Ranked{id, 0});
        return at != end && at->id == id ? at->rank : kNotNear;
    }
    // Many bit strings are equally far, more than the sample has noted.
    uint32_t rank_of_key(float key) const {
        const NearNode *begin = sample_->nearest, *end = begin + sample_->wanted;
        const NearNode* at = std::lower_bound(begin, end, NearNode{key, 0});
        return at != end ? static_cast<uint32_t>(at - begin) : kNotNear;
    }

    const Sample* sample_;
    const Ranked* ranked_;
    TraceStep* steps_;
    uint32_t length_ = 0;
    uint32_t found_ = 0;
    uint32_t end_;
    float estimate_ = 0.0f;
};

// The nearest nodes of a sample by id. Those at equal distances have the same rank.
TraceObserver::Ranked* ranks_of(const Sample& sample, Arena& arena);

// Searches for the samples in the store. `scratch` is reset by `reset` after each search. Returns
// false when a read failed.
template <NodeReader Store>
bool calibrate(Store& store, const VectorSpace& space, const Samples& samples, Arena& arena,
               Arena& scratch, FunctionRef<void()> reset, Calibration* result) {
    // Far enough that no search ends by itself.
    constexpr float kEndless = 100.0f;
    const uint32_t count = samples.count();
    const bool exact = compares_bits(space.keys().metric());
    auto* traces = arena.alloc<Trace>(std::max(1u, count));
    const VectorBuffer rotated(arena, store.layout().padded);
    auto* steps = arena.alloc<TraceStep>(kLongestTrace);
    uint64_t left = trace_budget(samples.nodes());
    uint32_t s = 0;
    for (; s < count && left > 0; ++s) {
        const Sample& sample = samples[s];
        auto* ranked = exact ? nullptr : ranks_of(sample, scratch);
        const RotatedQuery query = space.query_from_stored(sample.vector, sample.norm2, rotated);
        SearchLimits limits;
        limits.batch = sample.wanted;
        limits.epsilon = kEndless;
        limits.exclude = sample.id;
        Search<Store, TraceObserver> search(store, space.keys(), query, limits, scratch,
                                            TraceObserver(sample, ranked, steps));
        if (!search.run()) return false;
        const uint32_t length = search.observer().length();
        auto* kept = arena.alloc<TraceStep>(std::max(1u, length));
        std::copy_n(steps, length, kept);
        traces[s] = {sample.wanted, sample.id != kNoNode, length, kept,
                     space.keys().metric() == Metric::InnerProduct};
        left -= std::min<uint64_t>(left, length);
        reset();
    }
    *result = choose_rules(traces, s, samples.nodes(), arena);
    return true;
}

}  // namespace vectidx
