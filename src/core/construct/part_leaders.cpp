#include "core/construct/part_leaders.hpp"

#include <algorithm>
#include <new>

namespace vectidx {

namespace {

// More rounds keep no more near rows together.
constexpr uint32_t kRounds = 4;

StoredVector bare(StoredVector x) {
    // The space has no largest norm, and compares vectors alone.
    x.norm2 = 0.0f;
    x.flags = 0;
    return x;
}

// One thread's working memory.
struct Scratch {
    RowBlock block;
    NearColumn items[kBlockRows][kPartLeaders];
    NearestList lists[kBlockRows];
};

void compare_block(const ColumnSet& columns, const Rows& rows, uint32_t first, Scratch& s,
                   NearLeaders* out) {
    NodeId ids[kBlockRows];
    const uint32_t count = std::min(kBlockRows, rows.size() - first);
    for (uint32_t i = 0; i < count; ++i) {
        ids[i] = first + i;
        s.lists[i] = {s.items[i], kPartLeaders, 0};
    }
    s.block.fill(ids, count);
    columns.nearest(s.block, 0, columns.panels(), s.lists);
    for (uint32_t i = 0; i < count; ++i) {
        NearLeaders& near = out[first + i];
        near = {rows.row(first + i).checksum, {}, {}};
        // There is at least one: the first, where no distance is a number.
        std::fill_n(near.leader + 1, kPartLeaders - 1, kNoNode);
        for (uint32_t k = 0; k < s.lists[i].count; ++k) {
            near.leader[k] = columns.row(s.items[i][k].column);
            near.distance[k] = s.items[i][k].distance;
        }
    }
}

}  // namespace

PartLeaders::PartLeaders(const NodeLayout& layout, const VectorSpace& space, unsigned threads,
                         Arena& arena)
    : layout_(layout),
      space_(space),
      threads_(threads),
      arena_(arena),
      sample_(layout, arena),
      rows_{Rows(layout, arena), Rows(layout, arena)},
      leaders_(&rows_[0]),
      older_(&rows_[1]),
      values_(arena.alloc<int16_t>(layout.words)),
      vector_(arena.alloc<float>(layout.padded)) {}

size_t PartLeaders::leader_bytes(const NodeLayout& layout) {
    const bool bits = layout.storage() == Storage::Binary;
    const PackedShape shape = {PackedVectors::form_of(bits, layout.padded), layout.padded};
    return 2 * (sample_bytes(layout) + sizeof(PackedVectors::Terms)) + sizeof(uint32_t) +
           ColumnSet::bytes(shape, kPanelColumns) / kPanelColumns + PartPlan::bytes(1) +
           (bits ? 0 : layout.padded * sizeof(float));
}

size_t PartLeaders::sample_bytes(const NodeLayout& layout) {
    return layout.words * sizeof(int16_t) + sizeof(Row) + sizeof(NearLeaders) +
           sizeof(PackedVectors::Terms) + 4 * sizeof(uint32_t);
}

void PartLeaders::sample(const StoredVector& x) {
    sample_.place(bare(x), {});
}

void PartLeaders::use_leaders() {
    packed_ = new (arena_.alloc<PackedVectors>(1))
        PackedVectors(*leaders_, space_, layout_.padded, arena_);
    columns_ = new (arena_.alloc<ColumnSet>(1)) ColumnSet(*packed_, leaders_->size(), arena_);
    columns_->set_itself(true);
    for (NodeId leader = 0; leader < leaders_->size(); ++leader)
        columns_->add(&leader, 1);
    columns_->end_panel();
}

Parallel PartLeaders::choose(uint32_t leaders, Poll poll) {
    leaders = std::min(leaders, sample_.size());
    for (uint32_t i = 0; i < leaders; ++i)
        leaders_->place(
            sample_.stored(static_cast<uint32_t>(uint64_t{i} * sample_.size() / leaders), values_),
            {});
    use_leaders();
    Parallel result = Parallel::Done;
    if (layout_.storage() != Storage::Binary) {
        auto* near = arena_.alloc<NearLeaders>(sample_.size());
        auto* sums = arena_.alloc<float>(size_t{leaders} * layout_.padded);
        auto* counts = arena_.alloc<uint32_t>(leaders);
        for (uint32_t round = 0; round < kRounds && result == Parallel::Done; ++round)
            result = improve(near, sums, counts, poll);
        arena_.free(near);
        arena_.free(sums);
        arena_.free(counts);
    }
    packed_leader_ = arena_.alloc<uint64_t>(packed_->size() / sizeof(uint64_t) + 1);
    return result;
}

// Each leader becomes the mean of the rows to which it is the nearest.
Parallel PartLeaders::improve(NearLeaders* near, float* sums, uint32_t* counts, Poll poll) {
    const Parallel result = nearest(sample_, arena_, near, poll);
    if (result != Parallel::Done) return result;
    const uint32_t count = leaders_->size(), padded = layout_.padded;
    std::fill_n(sums, size_t{count} * padded, 0.0f);
    std::fill_n(counts, count, 0u);
    for (uint32_t i = 0; i < sample_.size(); ++i) {
        const StoredVector x = sample_.stored(i, values_);
        decode_values(layout_, x.values, x.scale, VectorBuffer(vector_));
        const uint32_t leader = near[i].leader[0];
        ++counts[leader];
        for (uint32_t j = 0; j < padded; ++j)
            sums[size_t{leader} * padded + j] += vector_[j];
    }
    older_->clear();
    for (uint32_t leader = 0; leader < count; ++leader) {
        StoredVector x = leaders_->stored(leader, values_);
        if (counts[leader] > 0) {
            float* mean = sums + size_t{leader} * padded;
            for (uint32_t j = 0; j < padded; ++j)
                mean[j] /= static_cast<float>(counts[leader]);
            x.scale = encode_values(layout_, VectorView(mean), values_);
        }
        older_->place(x, {});
    }
    std::swap(leaders_, older_);
    columns_->release(arena_);
    use_leaders();
    return result;
}

float PartLeaders::distance(uint32_t a, uint32_t b) const {
    packed_->write(a, packed_leader_);
    return packed_->distance_to(packed_leader_, b);
}

Parallel PartLeaders::nearest(const Rows& rows, Arena& arena, NearLeaders* out, Poll poll) const {
    const PackedVectors packed(rows, space_, layout_.padded, arena);
    auto* scratch = arena.alloc<Scratch>(threads_);
    for (unsigned t = 0; t < threads_; ++t) {
        new (&scratch[t]) Scratch{RowBlock(packed, arena), {}, {}};
        scratch[t].block.set_ties_by_vector();
    }
    const Parallel result = parallel_for(
        threads_, (rows.size() + kBlockRows - 1) / kBlockRows, 1,
        [&](size_t first, size_t last, unsigned worker) {
            for (size_t block = first; block < last; ++block)
                compare_block(*columns_, rows, static_cast<uint32_t>(block) * kBlockRows,
                              scratch[worker], out);
            return true;
        },
        poll);
    for (unsigned t = 0; t < threads_; ++t)
        scratch[t].block.release(arena);
    arena.free(scratch);
    return result;
}

}  // namespace vectidx
