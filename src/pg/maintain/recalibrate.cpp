#include "pg/maintain/recalibrate.hpp"

#include <algorithm>

#include "core/base/random.hpp"
#include "core/construct/calibrate.hpp"
#include "core/simd/float_kernels.hpp"

#include "pg/construct/progress.hpp"
#include "pg/maintain/graph_rows.hpp"
#include "pg/memory.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kSamples = 200;
// Nodes that are compared with all samples at once.
constexpr uint32_t kBatch = 256;
constexpr uint64_t kSeed = 0x73616d706c6573;

struct Near {
    float distance;
    NodeId id;
    bool operator<(const Near& other) const { return distance < other.distance; }
};

// The nearest nodes of the samples, found in one pass over the graph.
class NearestNodes {
  public:
    NearestNodes(const Samples& samples, const VectorSpace& space, const NodeLayout& layout,
                 unsigned threads, Arena& arena)
        : samples_(samples),
          space_(space),
          layout_(layout),
          padded_(layout.padded),
          threads_(threads),
          vectors_(arena.alloc<float>(size_t{samples.count} * padded_)),
          batch_(arena.alloc<float>(size_t{kBatch} * padded_)),
          near_(arena.alloc<Near>(samples.count * kNearest)) {
        for (uint32_t s = 0; s < samples.count; ++s)
            decode(samples.vectors[s], vectors_ + size_t{s} * padded_);
        std::fill_n(near_, samples.count * kNearest, Near{3e38f, kNoNode});
    }

    void add(NodeId id, const StoredVector& x) {
        decode(x, batch_ + size_t{count_} * padded_);
        ids_[count_] = id;
        norm2_[count_++] = x.norm2;
        if (count_ == kBatch) compare();
    }
    void finish() {
        compare();
        for (uint32_t s = 0; s < samples_.count; ++s) {
            std::sort_heap(near_ + s * kNearest, near_ + (s + 1) * kNearest);
            for (uint32_t k = 0; k < kNearest; ++k)
                samples_.nearest[s * kNearest + k] = near_[s * kNearest + k].id;
        }
    }

  private:
    void decode(const StoredVector& x, float* out) const {
        decode_values(layout_, x.values, x.scale, out);
        if (space_.keys().power_transformed()) space_.restore(out);
    }
    // By what the nearest of a sample are nearest.
    float distance(size_t s, uint32_t i) const {
        const KeySpace& keys = space_.keys();
        const float *a = vectors_ + s * padded_, *b = batch_ + size_t{i} * padded_;
        if (keys.power_transformed()) return float_kernels().l1(a, b, space_.dims());
        const float norm2 = samples_.vectors[s].norm2;
        return keys.edge(keys.distance2(a, b, padded_), norm2, norm2_[i]);
    }
    void compare() {
        leave_if_stopped(parallel_for(
            threads_, samples_.count, 8,
            [&](size_t first, size_t last, unsigned) {
                for (size_t s = first; s < last; ++s)
                    compare_sample(s);
                return true;
            },
            quiet_poll()));
        count_ = 0;
    }
    void compare_sample(size_t s) {
        Near* heap = near_ + s * kNearest;
        for (uint32_t i = 0; i < count_; ++i) {
            if (ids_[i] == samples_.ids[s]) continue;
            const Near near{distance(s, i), ids_[i]};
            if (!(near < heap[0])) continue;
            std::pop_heap(heap, heap + kNearest);
            heap[kNearest - 1] = near;
            std::push_heap(heap, heap + kNearest);
        }
    }

    const Samples& samples_;
    const VectorSpace& space_;
    NodeLayout layout_;
    uint32_t padded_;
    unsigned threads_;
    float* vectors_;  // [samples][padded]
    float* batch_;    // [kBatch][padded]
    NodeId ids_[kBatch];
    float norm2_[kBatch];
    uint32_t count_ = 0;
    Near* near_;  // [samples][kNearest], a heap each
};

// A uniform sample of the live nodes (reservoir sampling). Returns how many there are.
uint32_t pick_samples(Relation index, IndexState& state, Arena& arena, Samples* samples) {
    const uint32_t words = state.layout.words;
    *samples = alloc_samples(kSamples, words, arena);
    Random random(kSeed);
    uint32_t nodes = 0;
    GraphRows rows(index, state, arena);
    for (; rows.next(); ++nodes) {
        delay_for_vacuum();
        const uint64_t place = nodes < kSamples ? nodes : random.below(nodes + uint64_t{1});
        if (place >= kSamples) continue;
        const StoredVector x = rows.vector();
        StoredVector& sample = samples->vectors[place];
        samples->ids[place] = rows.id();
        std::copy_n(x.values, words, const_cast<int16_t*>(sample.values));
        sample.scale = x.scale;
        sample.norm2 = x.norm2;
    }
    samples->count = std::min(kSamples, nodes / 4);
    return nodes;
}

Calibration measure(const GraphTarget& target, unsigned threads, MemoryContext context) {
    Arena arena = context_arena(context);
    IndexState& state = load_state(target.index, target.meta_block, context);
    Samples samples{};
    const uint32_t nodes = pick_samples(target.index, state, arena, &samples);
    if (samples.count < kNearest) {
        Calibration calibration = default_calibration();
        calibration.nodes = nodes;
        return calibration;
    }
    auto* nearest = new (arena.alloc<NearestNodes>(1))
        NearestNodes(samples, state.space, state.layout, threads, arena);
    GraphRows rows(target.index, state, arena);
    while (rows.next()) {
        delay_for_vacuum();
        nearest->add(rows.id(), rows.vector());
    }
    nearest->finish();
    const MemoryContext searches =
        AllocSetContextCreate(context, "vectidx searches", ALLOCSET_DEFAULT_SIZES);
    Arena scratch = context_arena(searches);
    NodeStore store(target.index, state, WriteMode::Logged, arena);
    Calibration result{};
    const bool done = calibrate(
        store, state.space, nodes, samples, arena, scratch,
        [](void* argument) { MemoryContextReset(static_cast<MemoryContext>(argument)); }, searches,
        &result);
    if (!done) store.report();
    return result;
}

}  // namespace

void recalibrate(const GraphTarget& target, WriteMode mode, unsigned threads) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx calibration", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    start_phase(BuildPhase::Calibrating, 0);
    const Calibration calibration = measure(target, threads, context);
    TEST_POINT("calibrated");
    edit_meta(target.index, target.meta_block, mode,
              [&](char*, MetaPage& meta) { meta.header.calibration = calibration; });
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
}

bool calibration_is_stale(const MetaHeader& h, const NodeLayout& layout) {
    const uint64_t nodes = uint64_t{h.fill_group} * layout.group_nodes;
    const uint64_t live = nodes - std::min(nodes, h.tombstones);
    const uint64_t known = h.calibration.nodes;
    const uint64_t change = live > known ? live - known : known - live;
    return change > known / 10 + 4 * uint64_t{layout.group_nodes};
}

bool calibration_is_overdue(const MetaHeader& h, const NodeLayout& layout) {
    constexpr uint64_t kFewNodes = 1000;
    const uint64_t known = h.calibration.nodes;
    return uint64_t{h.fill_group} * layout.group_nodes > known + known / 2 + kFewNodes &&
           calibration_is_stale(h, layout);
}

}  // namespace vectidx
