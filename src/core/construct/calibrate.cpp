#include "core/construct/calibrate.hpp"

#include <algorithm>

#include "core/base/random.hpp"
#include "core/vector/fixed_point.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kFewRows = 4 * kNearest;
// Nearest rows by distance of packed vectors, of which the nearest by the full vectors are taken.
constexpr uint32_t kShortlist = 4 * kNearest;
// Samples that share one pass over the rows, which come from memory once for all of them.
constexpr size_t kTogether = 8;

struct NearestWork {
    const Rows& rows;
    const PackedVectors& packed;
    Samples& samples;
    uint8_t* packed_vector;  // per worker
    float* vectors;          // per worker: the sample and one other, decoded
    uint32_t padded;
};

struct Neighbor {
    float distance;
    NodeId id;
    bool operator<(const Neighbor& other) const { return distance < other.distance; }
};

// The nearest rows of one sample so far: a bounded max-heap.
struct Shortlist {
    NodeId sample;
    uint32_t count;
    Neighbor list[kShortlist];

    void offer(float distance, NodeId id) {
        if (id == sample) return;
        if (count == kShortlist) {
            if (!(distance < list[0].distance)) return;
            std::pop_heap(list, list + count--);
        }
        list[count++] = {distance, id};
        std::push_heap(list, list + count);
    }
};

// Puts exact distances in place of the packed vectors'.
void measure(const NearestWork& w, float* vectors, NodeId sample, Neighbor* list, uint32_t count) {
    int16_t values[2 * kMaxDims];
    float* other = vectors + w.padded;
    w.rows.values(sample, values);
    decode_values(w.rows.layout(), values, w.rows.row(sample).scale, vectors);
    for (uint32_t k = 0; k < count; ++k) {
        const Row& row = w.rows.row(list[k].id);
        w.rows.values(list[k].id, values);
        decode_values(w.rows.layout(), values, row.scale, other);
        list[k].distance = w.packed.exact_edge(vectors, other, w.rows.row(sample), row);
    }
}

bool find_some(void* self, size_t first, size_t last, unsigned worker) {
    const auto& w = *static_cast<NearestWork*>(self);
    const size_t size = w.packed.size();
    uint8_t* packed_vector = w.packed_vector + worker * kTogether * size;
    const size_t count = last - first;
    Shortlist lists[kTogether];
    for (size_t s = 0; s < count; ++s) {
        lists[s] = {w.samples.ids[first + s], 0, {}};
        w.packed.write(lists[s].sample, packed_vector + s * size);
    }
    for (NodeId i = 0; i < w.rows.size(); ++i)
        for (size_t s = 0; s < count; ++s)
            lists[s].offer(w.packed.distance_to(packed_vector + s * size, i), i);
    for (size_t s = 0; s < count; ++s) {
        Neighbor* list = lists[s].list;
        measure(w, w.vectors + worker * 2 * w.padded, lists[s].sample, list, lists[s].count);
        std::sort(list, list + lists[s].count);
        for (uint32_t k = 0; k < kNearest; ++k)
            w.samples.nearest[(first + s) * kNearest + k] = list[k].id;
    }
    return true;
}

// Where a rule stops on a trace, and with what.
struct Outcome {
    uint32_t hops;
    uint32_t found;
};

Outcome apply(const Trace& trace, float epsilon, uint32_t cap) {
    // Steps' epsilons rise along a trace: each is the largest so far.
    const Step* begin = trace.steps;
    const Step* end = begin + std::min(trace.length, cap);
    const Step* stop = std::upper_bound(begin, end, epsilon,
                                        [](float s, const Step& step) { return s < step.epsilon; });
    return {static_cast<uint32_t>(stop - begin), stop->found};
}

struct Score {
    float recall;
    float error;  // standard error of the recall
    float hops;
};

Score score(const Trace* traces, uint32_t count, float epsilon, uint32_t cap) {
    double hops = 0, found = 0, squares = 0;
    for (uint32_t s = 0; s < count; ++s) {
        const Outcome outcome = apply(traces[s], epsilon, cap);
        const double recall = static_cast<double>(outcome.found) / kNearest;
        hops += outcome.hops;
        found += recall;
        squares += recall * recall;
    }
    const double n = count, mean = found / n;
    const double variance = std::max(0.0, squares / n - mean * mean);
    return {static_cast<float>(mean), static_cast<float>(std::sqrt(variance / n)),
            static_cast<float>(hops / n)};
}

constexpr float kLeastEpsilon = -0.2f;

// Fine near zero, where data without structure wants it.
float epsilon_step(float epsilon) {
    return epsilon > -0.02f && epsilon < 0.03f ? 0.001f : 0.005f;
}

struct Best {
    StopRule rule{};
    bool reached = false;
    float hops = 3e38f;
    float recall = -1.0f;
};

// The cheapest rule that reaches the level, or the one that comes nearest to it. One standard error
// of safety: the samples are few.
void consider(const StopRule& rule, const Score& s, Best* best) {
    const bool reached = s.recall - s.error >= rule.recall;
    const bool better =
        reached ? !best->reached || s.hops < best->hops : !best->reached && s.recall > best->recall;
    if (better) *best = {rule, reached, s.hops, s.recall};
}

}  // namespace

uint32_t sample_count(uint32_t rows, uint32_t ef_construction) {
    if (rows < kFewRows) return 0;
    // A row costs the build some 8 ef_construction distances to scattered vectors; a sample costs
    // one per row, in order of memory, several times as fast.
    const uint32_t affordable = std::clamp(8 * ef_construction / 3, kMinSamples, kMaxSamples);
    return std::min(affordable, rows / 4);
}

Samples alloc_samples(uint32_t count, uint32_t words, Arena& arena) {
    Samples samples{count, arena.alloc<NodeId>(count), arena.alloc<NodeId>(count * kNearest),
                    arena.alloc<StoredVector>(count)};
    auto* values = arena.alloc<int16_t>(size_t{count} * words);
    for (uint32_t s = 0; s < count; ++s)
        samples.vectors[s] = {values + size_t{s} * words, 0.0f, 0.0f, 0, 0};
    return samples;
}

Parallel find_nearest(const Rows& rows, const PackedVectors& packed, uint32_t count, uint64_t seed,
                      unsigned threads, Arena& arena, Poll poll, Samples* samples) {
    const uint32_t padded = packed.padded();
    *samples = alloc_samples(count, rows.layout().words, arena);
    Random random(seed);
    for (uint32_t s = 0; s < count; ++s) {
        const auto id = static_cast<NodeId>(random.below(rows.size()));
        StoredVector& x = samples->vectors[s];
        samples->ids[s] = id;
        rows.values(id, const_cast<int16_t*>(x.values));
        x.scale = rows.row(id).scale;
        x.norm2 = rows.row(id).norm2;
    }
    const size_t workers = threads + 1;
    NearestWork work{rows,
                     packed,
                     *samples,
                     arena.alloc<uint8_t>(workers * kTogether * packed.size()),
                     arena.alloc<float>(workers * 2 * padded),
                     padded};
    return parallel_for(threads, count, kTogether, {find_some, &work}, poll);
}

Calibration choose_rules(const Trace* traces, uint32_t count, uint32_t nodes) {
    Calibration result = default_calibration();
    result.samples = count;
    result.nodes = nodes;
    Best best[kStopRules];
    for (uint32_t cap = 8; cap <= kTraceLength; cap += 1 + cap / 4)
        for (float epsilon = kLeastEpsilon; epsilon <= kTraceEpsilon;
             epsilon += epsilon_step(epsilon)) {
            const Score s = score(traces, count, epsilon, cap);
            for (uint32_t r = 0; r < kStopRules; ++r)
                consider({result.rules[r].recall, epsilon, cap, s.hops}, s, &best[r]);
        }
    for (uint32_t r = 0; r < kStopRules; ++r)
        result.rules[r] = best[r].rule;
    return result;
}

}  // namespace vectidx
