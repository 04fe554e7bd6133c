#include "core/construct/leaf_lists.hpp"

#include <algorithm>
#include <new>

#include "core/base/random.hpp"
#include "core/base/sort_by_group.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x6c656166;
// A leaf has at most so many rows.
constexpr uint32_t kMostRows = 2 * kLeafRows;
constexpr uint16_t kNoMember = UINT16_MAX;
static_assert(kMostRows < kNoMember);
// A part with fewer rows is joined with the one behind it.
constexpr uint32_t kLeastRows = kLeafRows / 8;
// How often a ball is divided; what is too large then is cut anywhere.
constexpr uint32_t kDepth = 8;

uint32_t parts_of(uint32_t rows) {
    return std::clamp((rows + kLeafRows - 1) / kLeafRows, 2u, kMostRows);
}

}  // namespace

// One thread's working memory.
struct LeafLists::Scratch {
    RowBlock block;
    ColumnSet columns;
    NearColumn* items;  // [kBlockRows][nearest]
    NearestList lists[kBlockRows];
    size_t* first;  // [kDepth][kMostRows + 1]

    void begin(uint32_t capacity) {
        for (uint32_t i = 0; i < block.count(); ++i)
            lists[i] = {items + size_t{i} * capacity, capacity, 0};
    }
};

LeafLists::LeafLists(const PackedVectors& packed, Partition& partition, uint32_t rows,
                     uint32_t nearest, unsigned threads, Arena& arena)
    : partition_(partition),
      rows_(rows),
      nearest_(nearest),
      threads_(threads),
      arena_(arena),
      members_(partition.members()),
      lists_(arena.alloc<uint16_t>(size_t{rows} * kCopies * nearest)),
      leaf_(arena.alloc<uint32_t>(size_t{rows} * kCopies)),
      place_(arena.alloc<uint32_t>(size_t{rows} * kCopies)),
      scratch_(arena.alloc<Scratch>(threads)) {
    for (unsigned t = 0; t < threads; ++t)
        new (&scratch_[t]) Scratch{RowBlock(packed, arena),
                                   ColumnSet(packed, kMostRows, arena),
                                   arena.alloc<NearColumn>(size_t{kBlockRows} * nearest),
                                   {},
                                   arena.alloc<size_t>(size_t{kDepth} * (kMostRows + 1))};
}

size_t LeafLists::bytes(const PackedShape& shape, uint32_t rows, uint32_t nearest,
                        unsigned threads) {
    const size_t scratch =
        sizeof(Scratch) + RowBlock::bytes(shape) + ColumnSet::bytes(shape, kMostRows) +
        kBlockRows * nearest * sizeof(NearColumn) + kDepth * (kMostRows + 1) * sizeof(size_t);
    return size_t{rows} * kCopies * (nearest * sizeof(uint16_t) + 2 * sizeof(uint32_t)) +
           threads * scratch;
}

void LeafLists::release() {
    for (unsigned t = 0; t < threads_; ++t) {
        scratch_[t].block.release(arena_);
        scratch_[t].columns.release(arena_);
        arena_.free(scratch_[t].items);
        arena_.free(scratch_[t].first);
    }
    arena_.free(lists_);
    arena_.free(leaf_);
    arena_.free(place_);
    arena_.free(scratch_);
}

Parallel LeafLists::run(Stop& stop) {
    stop_ = &stop;
    const uint32_t balls = partition_.balls();
    const Parallel result = stop.outcome(parallel_for(
        threads_, balls, 1,
        [&](size_t first, size_t last, unsigned worker) {
            for (size_t i = first; i < last; ++i) {
                const auto ball = static_cast<uint32_t>(i);
                divide(scratch_[worker],
                       {partition_.ball_first(ball), partition_.ball_first(ball + 1)}, 0);
            }
            return true;
        },
        [&](size_t done) { return stop.poll(rows_ * done / balls); }));
    if (result == Parallel::Done) index_members();
    return result;
}

// A ball that is small enough is a leaf. Another one is divided among the nearest of some of its
// rows, where that separates it.
void LeafLists::divide(Scratch& s, Range range, uint32_t depth) {
    if (range.size() <= kMostRows) return search_leaf(s, range);
    if (depth == kDepth) return chop(s, range);
    const uint32_t labels = label(s, range);
    if (stop_->wanted()) return;
    size_t* first = s.first + size_t{depth} * (kMostRows + 1);
    sort_by_label(range, labels, first);
    size_t largest = 0;
    for (uint32_t i = 0; i < labels; ++i)
        largest = std::max(largest, first[i + 1] - first[i]);
    if (largest > size_t{range.size()} * 9 / 10) return chop(s, range);
    size_t from = range.first;
    for (uint32_t i = 0; i < labels; ++i) {
        const size_t end = range.first + first[i + 1];
        if (i + 1 < labels && end - from < kLeastRows) continue;
        divide(s, {from, end}, depth + 1);
        from = end;
    }
}

// Finds the nearest leader of each member. It waits in the member's list, as a number, and the
// member itself in the place of its leaf.
uint32_t LeafLists::label(Scratch& s, Range range) {
    Random random(kSeed + range.first);
    const uint32_t parts = parts_of(range.size());
    s.columns.clear();
    s.columns.set_itself(true);
    for (uint64_t i = 0; i < parts; ++i) {
        const uint64_t first = i * range.size() / parts;
        const uint64_t last = (i + 1) * range.size() / parts;
        s.columns.add(&members_[range.first + first + random.below(last - first)], 1);
    }
    s.columns.end_panel();
    for (size_t from = range.first; from < range.last && !stop_->wanted(); from += kBlockRows) {
        const auto count = static_cast<uint32_t>(std::min<size_t>(kBlockRows, range.last - from));
        s.block.fill(members_ + from, count);
        s.begin(1);
        s.columns.nearest(s.block, 0, s.columns.panels(), s.lists);
        for (uint32_t i = 0; i < count; ++i) {
            const uint32_t part = s.lists[i].count > 0 ? s.lists[i].items[0].column : 0;
            lists_[(from + i) * nearest_] = static_cast<uint16_t>(part);
            leaf_[from + i] = s.block.row(i);
        }
    }
    return parts;
}

// Members with label i stand from range.first + first[i] on then.
void LeafLists::sort_by_label(Range range, uint32_t labels, size_t* first) {
    sort_by_group(labels, first, members_ + range.first, [&](auto&& member) {
        for (size_t m = range.first; m < range.last; ++m)
            member(lists_[m * nearest_], leaf_[m]);
    });
}

// Leaves of random members.
void LeafLists::chop(Scratch& s, Range range) {
    Random random(kSeed ^ range.first);
    for (uint32_t i = range.size(); i > 1; --i)
        std::swap(members_[range.first + i - 1], members_[range.first + random.below(i)]);
    const uint64_t parts = (range.size() + kLeafRows - 1) / kLeafRows;
    for (uint64_t i = 0; i < parts; ++i)
        search_leaf(s, {range.first + i * range.size() / parts,
                        range.first + (i + 1) * range.size() / parts});
}

void LeafLists::search_leaf(Scratch& s, Range range) {
    if (range.size() == 0 || stop_->wanted()) return;
    s.columns.clear();
    s.columns.set_itself(false);
    s.columns.add(members_ + range.first, range.size());
    s.columns.end_panel();
    for (size_t from = range.first; from < range.last; from += kBlockRows) {
        const auto count = static_cast<uint32_t>(std::min<size_t>(kBlockRows, range.last - from));
        s.block.fill(members_ + from, count);
        s.begin(nearest_);
        s.columns.nearest(s.block, 0, s.columns.panels(), s.lists);
        for (uint32_t i = 0; i < count; ++i) {
            const NearestList& near = s.lists[i];
            uint16_t* out = lists_ + (from + i) * nearest_;
            for (uint32_t k = 0; k < nearest_; ++k)
                out[k] = k < near.count ? static_cast<uint16_t>(near.items[k].column) : kNoMember;
            leaf_[from + i] = static_cast<uint32_t>(range.first);
        }
    }
}

void LeafLists::index_members() {
    std::fill_n(place_, size_t{rows_} * kCopies, kNoNode);
    const size_t members = partition_.ball_first(partition_.balls());
    for (size_t m = 0; m < members; ++m) {
        uint32_t* place = place_ + size_t{members_[m]} * kCopies;
        while (*place != kNoNode)
            ++place;
        *place = static_cast<uint32_t>(m);
    }
}

uint32_t LeafLists::candidates(NodeId row, NodeId* out) const {
    uint32_t count = 0;
    const uint32_t* place = place_ + size_t{row} * kCopies;
    for (uint32_t copy = 0; copy < kCopies && place[copy] != kNoNode; ++copy) {
        const uint16_t* list = lists_ + size_t{place[copy]} * nearest_;
        const NodeId* leaf = members_ + leaf_[place[copy]];
        for (uint32_t k = 0; k < nearest_ && list[k] != kNoMember; ++k)
            out[count++] = leaf[list[k]];
    }
    return count;
}

void LeafLists::order(NodeId* out) const {
    const size_t members = partition_.ball_first(partition_.balls());
    for (size_t m = 0; m < members; ++m)
        if (place_[size_t{members_[m]} * kCopies] == m) *out++ = members_[m];
}

}  // namespace vectidx
