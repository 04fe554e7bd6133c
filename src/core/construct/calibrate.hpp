// Finds the stop rules of a graph by searching for some of its own vectors.
//
// A sample is searched as if it were not in the graph, with a stop rule that hardly ever stops. A
// search expands nodes in an order that does not depend on the rule, so one trace tells for every
// rule where it would have stopped and how many of the ten nearest it would have found by then.
#pragma once

#include <cmath>

#include "core/base/threads.hpp"
#include "core/construct/packed_vectors.hpp"
#include "core/graph/search.hpp"
#include "core/layout/calibration.hpp"

namespace vectidx {

constexpr uint32_t kNearest = 10;
constexpr uint32_t kMinSamples = 100;
constexpr uint32_t kMaxSamples = 500;

// The samples and their exact nearest rows, by brute force.
struct Samples {
    uint32_t count;
    NodeId* ids;            // [count]
    NodeId* nearest;        // [count][kNearest], without the sample itself
    StoredVector* vectors;  // [count]
};

// Room for `count` samples with vectors of `words` words (NodeLayout).
Samples alloc_samples(uint32_t count, uint32_t words, Arena& arena);

// One step of a trace.
struct Step {
    float epsilon;   // a rule with a smaller epsilon stops here at the latest
    uint32_t found;  // of the nearest, before the step
};

struct Trace {
    uint32_t length;
    Step* steps;
};

// How many samples a graph of `rows` rows is worth: 500, or fewer where brute force would take more
// than a few percent of the build; 0 when there are too few rows.
uint32_t sample_count(uint32_t rows, uint32_t ef_construction);

// Picks samples and finds their nearest rows in `threads` threads.
Parallel find_nearest(const Rows& rows, const PackedVectors& packed, uint32_t count, uint64_t seed,
                      unsigned threads, Arena& arena, Poll poll, Samples* samples);

// The cheapest rules that reach each level on the traces.
Calibration choose_rules(const Trace* traces, uint32_t count, uint32_t nodes);

constexpr uint32_t kTraceLength = 3000;
constexpr float kTraceEpsilon = 0.35f;
// Expansions that all traces together may take, once there are kMinSamples of them.
constexpr uint64_t kTraceBudget = 500000;

// Collects a trace as the observer of a search. It ends a good while after everything is found.
struct TraceObserver {
    const NodeId* nearest;
    Trace* trace;
    uint32_t found = 0;
    uint32_t end = kTraceLength;
    float epsilon = -1.0f;

    bool taken(float estimate, float bound) {
        if (trace->length >= end) return false;
        // With fewer than ten results no rule stops; with a key of zero all do.
        if (bound < 3e38f && bound > 0.0f)
            epsilon = std::max(epsilon, std::sqrt(std::max(0.0f, estimate) / bound) - 1.0f);
        trace->steps[trace->length++] = {epsilon, found};
        return true;
    }
    void measured(NodeId, const NodeView&) {}
    void expanded(NodeId id, const NodeView&, float) {
        for (uint32_t k = 0; k < kNearest; ++k)
            found += nearest[k] == id;
        if (found == kNearest && end == kTraceLength)
            end = std::min(kTraceLength, 400 + 2 * trace->length);
    }
};

// Searches for the samples in the store of `nodes` nodes, within kTraceBudget. `scratch` is reset
// by `reset` after each search. Returns false when a read failed.
template <NodeReader Store>
bool calibrate(Store& store, const VectorSpace& space, uint32_t nodes, const Samples& samples,
               Arena& arena, Arena& scratch, void (*reset)(void*), void* reset_argument,
               Calibration* result) {
    const NodeLayout& layout = store.layout();
    auto* traces = arena.alloc<Trace>(samples.count);
    auto* stored = arena.alloc<float>(layout.padded);
    auto* rotated = arena.alloc<float>(layout.padded);
    auto* steps = arena.alloc<Step>(kTraceLength);
    uint64_t total = 0;
    uint32_t s = 0;
    for (; s < samples.count && (s < kMinSamples || total < kTraceBudget); ++s) {
        const NodeId id = samples.ids[s];
        const StoredVector& x = samples.vectors[s];
        decode_values(layout, x.values, x.scale, stored);
        const RotatedQuery query = space.query_from_stored(stored, x.norm2, rotated);
        SearchLimits limits;
        limits.epsilon = kTraceEpsilon;
        limits.exclude = id;
        Trace trace{0, steps};
        Search<Store, TraceObserver> search(store, space.keys(), query, limits, scratch,
                                            TraceObserver{samples.nearest + s * kNearest, &trace});
        if (!search.run()) return false;
        // The step after the last: nothing more was found.
        traces[s].length = trace.length;
        traces[s].steps = arena.alloc<Step>(trace.length + 1);
        std::copy_n(trace.steps, trace.length, traces[s].steps);
        traces[s].steps[trace.length] = {3e38f, search.observer().found};
        total += trace.length;
        reset(reset_argument);
    }
    *result = choose_rules(traces, s, nodes);
    return true;
}

}  // namespace vectidx
