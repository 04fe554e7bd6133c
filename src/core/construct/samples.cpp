#include "core/construct/samples.hpp"

#include <algorithm>

#include "core/simd/float_kernels.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x73616d706c6573;
constexpr float kFarthest = 3.4e38f;

// A sample of number `i` of its kind is compared down to so many neighbors. A table of less than
// four times as many rows has none so deep. The deep ones are among the first, since searches for
// the last samples may not be paid for (calibrate.hpp), and some twelve tell enough.
uint32_t depth_of(uint32_t i, bool between, uint32_t nodes) {
    const uint32_t deep_ones = between ? 5 : 12, apart = between ? 8 : 12;
    if (i % apart == 0 && i < deep_ones * apart && nodes >= 4000) return 1000;
    return i % (between ? 3 : 5) == 1 && nodes >= 400 ? 100 : 10;
}

}  // namespace

Samples::Samples(const VectorSpace& space, const NodeLayout& layout, unsigned threads, Poll poll,
                 Arena& arena)
    : space_(space),
      layout_(layout),
      threads_(threads),
      poll_(poll),
      arena_(arena),
      padded_(layout.padded),
      random_(kSeed),
      samples_(arena.alloc<Sample>(kOwnRows + kBetween)),
      vectors_(arena.alloc<float>(size_t{kPicked} * padded_)),
      restored_(space.keys().power_transformed()
                    ? arena.alloc<float>(size_t{kOwnRows + kBetween} * padded_)
                    : nullptr),
      ids_(arena.alloc<NodeId>(kPicked)),
      norm2_(arena.alloc<float>(kPicked)),
      batch_(arena.alloc<float>(size_t{kBatch} * padded_)),
      batch_ids_(arena.alloc<NodeId>(kBatch)),
      batch_norm2_(arena.alloc<float>(kBatch)) {}

void Samples::pick(NodeId id, const StoredVector& x) {
    uint64_t place = nodes_++;
    if (place >= kPicked) place = random_.below(nodes_);
    if (place >= kPicked) return;
    ids_[place] = id;
    norm2_[place] = x.norm2;
    decode_values(layout_, x.values, x.scale, vector_at(static_cast<uint32_t>(place)));
}

void Samples::close() {
    constexpr uint32_t kFewNodes = 40;
    if (nodes_ < kFewNodes) return;
    const uint32_t picked = std::min(nodes_, kPicked);
    const uint32_t own = std::min({kOwnRows, nodes_ / 4, picked});
    const uint32_t between = std::min(kBetween, (picked - own) / 2);
    for (uint32_t i = 0, b = 0; i < own; ++i) {
        add_sample(i, false, i);
        if (uint64_t{i} * between >= uint64_t{b} * own && b < between) {
            add_sample(own + 2 * b, true, b);
            ++b;
        }
    }
    if (restored_ == nullptr) return;
    for (uint32_t s = 0; s < count_; ++s) {
        float* restored = restored_ + size_t{s} * padded_;
        std::copy_n(samples_[s].vector.floats(), padded_, restored);
        space_.restore(restored);
    }
}

void Samples::add_sample(uint32_t picked, bool between, uint32_t number) {
    const VectorBuffer vector = vector_at(picked);
    Sample& sample = samples_[count_++];
    sample = {ids_[picked], norm2_[picked], vector, depth_of(number, between, nodes_), nullptr};
    if (between) {
        sample.id = kNoNode;
        sample.norm2 = space_.middle(vector, vector_at(picked + 1), vector);
    }
    sample.nearest = arena_.alloc<NearNode>(sample.wanted);
    std::fill_n(sample.nearest, sample.wanted, NearNode{kFarthest, kNoNode});
}

Parallel Samples::compare(NodeId id, const StoredVector& x) {
    const VectorBuffer to = place(batch_, in_batch_);
    decode_values(layout_, x.values, x.scale, to);
    if (restored_ != nullptr) space_.restore(to.floats());
    batch_ids_[in_batch_] = id;
    batch_norm2_[in_batch_++] = x.norm2;
    return in_batch_ == kBatch ? compare_batch() : Parallel::Done;
}

Parallel Samples::finish() {
    const Parallel result = compare_batch();
    for (uint32_t s = 0; s < count_; ++s)
        std::sort_heap(samples_[s].nearest, samples_[s].nearest + samples_[s].wanted);
    return result;
}

Parallel Samples::compare_batch() {
    const Parallel result = parallel_for(
        threads_, count_, 8,
        [&](size_t first, size_t last, unsigned) {
            for (size_t s = first; s < last; ++s)
                compare_sample(static_cast<uint32_t>(s));
            return true;
        },
        poll_);
    in_batch_ = 0;
    return result;
}

float Samples::distance(const Sample& sample, VectorView a, uint32_t i) const {
    const KeySpace& keys = space_.keys();
    const VectorView b = place(batch_, i);
    if (restored_ != nullptr) return float_kernels().l1(a.floats(), b.floats(), space_.dims());
    return keys.edge(keys.distance2(a, b, padded_), sample.norm2, batch_norm2_[i]);
}

void Samples::compare_sample(uint32_t s) {
    const Sample& sample = samples_[s];
    const VectorView a = restored_ == nullptr ? sample.vector : place(restored_, s);
    NearNode* heap = sample.nearest;
    for (uint32_t i = 0; i < in_batch_; ++i) {
        if (batch_ids_[i] == sample.id) continue;
        const NearNode near{distance(sample, a, i), batch_ids_[i]};
        if (!(near < heap[0])) continue;
        std::pop_heap(heap, heap + sample.wanted);
        heap[sample.wanted - 1] = near;
        std::push_heap(heap, heap + sample.wanted);
    }
}

}  // namespace vectidx
