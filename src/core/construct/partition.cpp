#include "core/construct/partition.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"
#include "core/base/sort_by_group.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x6c6561646572;
// A ball with fewer rows is none: its rows go to their next nearest.
constexpr uint32_t kLeastRows = kLeafRows / 8;
// Leaders of one coarser sample for one leader of it.
constexpr uint32_t kCoarser = 16;
// Groups of leaders that a row looks at, where it is routed.
constexpr uint32_t kRoutes = 8;
static_assert(kRoutes <= kNearLeaders && kCoarseLeaders <= kRoutes);

uint32_t whole_panels(uint32_t columns) {
    return static_cast<uint32_t>((columns + kPanelColumns - 1) / kPanelColumns * kPanelColumns);
}

uint32_t leaders_for(uint32_t rows) {
    return static_cast<uint32_t>(
        std::clamp<uint64_t>(uint64_t{rows} * kCopies / kLeafRows, 1, rows));
}

// Groups of about as many leaders as there are groups; 0: each row looks at all leaders.
uint32_t groups_for(uint32_t leaders, const PartitionParams& params) {
    if (leaders < std::max(params.routed_leaders, 2 * kRoutes)) return 0;
    return static_cast<uint32_t>(std::sqrt(static_cast<double>(leaders)));
}

uint32_t coarse_for(uint32_t leaders, uint32_t groups) {
    return groups > 0 ? groups : std::min(leaders, whole_panels(leaders / kCoarser));
}

// Each group ends a panel.
uint32_t leader_columns(uint32_t leaders, uint32_t groups) {
    return whole_panels(leaders) + groups * static_cast<uint32_t>(kPanelColumns);
}

uint32_t blocks_of(uint32_t rows) {
    return (rows + kBlockRows - 1) / kBlockRows;
}

// Rows that are in no list.
template <class T>
void fill_up(T* out, uint32_t from, uint32_t to) {
    std::fill(out + from, out + to, kNoNode);
}

}  // namespace

bool is_routed(uint32_t rows, const PartitionParams& params) {
    return groups_for(leaders_for(rows), params) > 0;
}

// One thread's working memory.
struct Partition::Scratch {
    RowBlock block;
    NearColumn* items;  // [kBlockRows][kNearLeaders]
    NearestList lists[kBlockRows];
    bool* wanted;  // [group_count_]

    void begin(uint32_t capacity) {
        for (uint32_t i = 0; i < block.count(); ++i)
            lists[i] = {items + i * kNearLeaders, capacity, 0};
    }
};

Partition::Partition(const PackedVectors& packed, uint32_t rows, const PartitionParams& params,
                     Arena& arena)
    : rows_(rows),
      params_(params),
      arena_(arena),
      leader_count_(leaders_for(rows)),
      group_count_(groups_for(leader_count_, params)),
      leaders_(packed, leader_columns(leader_count_, group_count_), arena),
      coarse_(packed, coarse_for(leader_count_, group_count_), arena),
      drawn_(arena.alloc<NodeId>(leader_count_)),
      group_of_(arena.alloc<uint32_t>(leader_count_)),
      group_panel_(arena.alloc<uint32_t>(group_count_ + 1)),
      near_(arena.alloc<uint32_t>(size_t{rows} * kNearLeaders)),
      coarse_near_(arena.alloc<NodeId>(size_t{rows} * 2 * kCoarseLeaders)),
      order_(group_count_ > 0 ? arena.alloc<NodeId>(rows) : nullptr),
      ball_rows_(arena.alloc<uint32_t>(leader_columns(leader_count_, group_count_))),
      first_(arena.alloc<size_t>(leader_columns(leader_count_, group_count_) + 1)),
      members_(params.balls ? arena.alloc<NodeId>(size_t{rows} * kCopies) : nullptr),
      scratch_(arena.alloc<Scratch>(params.threads)) {
    leaders_.set_itself(true);
    coarse_.set_itself(true);
    for (unsigned t = 0; t < params.threads; ++t)
        new (&scratch_[t]) Scratch{RowBlock(packed, arena),
                                   arena.alloc<NearColumn>(size_t{kBlockRows} * kNearLeaders),
                                   {},
                                   arena.alloc<bool>(group_count_ + 1)};
}

size_t Partition::bytes(const PackedShape& shape, uint32_t rows, const PartitionParams& params) {
    const uint32_t leaders = leaders_for(rows), groups = groups_for(leaders, params);
    const size_t scratch = sizeof(Scratch) + RowBlock::bytes(shape) +
                           kBlockRows * kNearLeaders * sizeof(NearColumn) + groups + 1;
    const size_t row =
        (kNearLeaders + 2 * kCoarseLeaders + (params.balls ? kCopies : 0) + (groups > 0 ? 1 : 0)) *
        sizeof(NodeId);
    return rows * row + ColumnSet::bytes(shape, leader_columns(leaders, groups)) +
           ColumnSet::bytes(shape, coarse_for(leaders, groups)) +
           leader_columns(leaders, groups) * (sizeof(uint32_t) + sizeof(size_t)) +
           leaders * 2 * sizeof(uint32_t) + (groups + 1) * sizeof(uint32_t) +
           params.threads * scratch;
}

void Partition::release() {
    for (unsigned t = 0; t < params_.threads; ++t) {
        scratch_[t].block.release(arena_);
        arena_.free(scratch_[t].items);
        arena_.free(scratch_[t].wanted);
    }
    leaders_.release(arena_);
    coarse_.release(arena_);
    for (void* block : {static_cast<void*>(drawn_), static_cast<void*>(group_of_),
                        static_cast<void*>(group_panel_), static_cast<void*>(near_),
                        static_cast<void*>(coarse_near_), static_cast<void*>(order_),
                        static_cast<void*>(ball_rows_), static_cast<void*>(first_),
                        static_cast<void*>(members_), static_cast<void*>(scratch_)})
        arena_.free(block);
}

Parallel Partition::run(Stop& stop) {
    draw_leaders();
    Parallel result = Parallel::Done;
    const auto assign = [&](Scratch& s, size_t block) { assign_block(s, block); };
    const auto route = [&](Scratch& s, size_t block) { route_block(s, block); };
    const auto assign_routed = [&](Scratch& s, size_t block) { assign_routed_block(s, block); };
    if (group_count_ == 0) {
        leaders_.add(drawn_, leader_count_);
        leaders_.end_panel();
        result = in_blocks(stop, rows_, true, assign);
    } else {
        result = group_leaders(stop);
        if (result == Parallel::Done) result = in_blocks(stop, rows_, false, route);
        if (result != Parallel::Done) return result;
        order_by_group();
        result = in_blocks(stop, rows_, true, assign_routed);
    }
    if (result == Parallel::Done && params_.balls) gather_balls();
    return result;
}

// Steps for blocks of so many rows; `counted`: these are the rows that the poll counts.
Parallel Partition::in_blocks(Stop& stop, uint32_t rows, bool counted,
                              FunctionRef<void(Scratch&, size_t)> step) {
    return stop.outcome(parallel_for(
        params_.threads, blocks_of(rows), 1,
        [&](size_t first, size_t last, unsigned worker) {
            for (size_t block = first; block < last; ++block)
                step(scratch_[worker], block);
            return true;
        },
        [&](size_t done) {
            return stop.poll(counted ? std::min<size_t>(done * kBlockRows, rows) : 0);
        }));
}

// One row of each of as many equal parts, in random order: any first part of them is a sample, too.
void Partition::draw_leaders() {
    Random random(kSeed);
    for (uint32_t i = 0; i < leader_count_; ++i) {
        const uint64_t first = uint64_t{i} * rows_ / leader_count_;
        const uint64_t last = (uint64_t{i} + 1) * rows_ / leader_count_;
        drawn_[i] = static_cast<NodeId>(first + random.below(last - first));
    }
    for (uint32_t i = leader_count_; i > 1; --i)
        std::swap(drawn_[i - 1], drawn_[random.below(i)]);
    coarse_.add(drawn_, coarse_for(leader_count_, group_count_));
    coarse_.end_panel();
}

// Puts the leaders that are nearest to the same coarse leader side by side.
Parallel Partition::group_leaders(Stop& stop) {
    const auto find_group = [&](Scratch& s, size_t block) {
        const auto first = static_cast<uint32_t>(block * kBlockRows);
        s.block.fill(drawn_ + first, std::min(kBlockRows, leader_count_ - first));
        s.begin(1);
        coarse_.nearest(s.block, 0, coarse_.panels(), s.lists);
        for (uint32_t i = 0; i < s.block.count(); ++i)
            group_of_[first + i] = s.lists[i].count > 0 ? s.lists[i].items[0].column : 0;
    };
    const Parallel result = in_blocks(stop, leader_count_, false, find_group);
    if (result != Parallel::Done) return result;
    auto* sorted = near_;  // not in use yet
    sort_by_group(group_count_, ball_rows_, sorted, [&](auto&& leader) {
        for (uint32_t i = 0; i < leader_count_; ++i)
            leader(group_of_[i], drawn_[i]);
    });
    for (uint32_t g = 0; g < group_count_; ++g) {
        group_panel_[g] = leaders_.panels();
        leaders_.add(sorted + ball_rows_[g], ball_rows_[g + 1] - ball_rows_[g]);
        leaders_.end_panel();
    }
    group_panel_[group_count_] = leaders_.panels();
    return Parallel::Done;
}

// Takes the rows of a block, and finds their nearest in the coarser sample.
void Partition::begin_block(Scratch& s, size_t block) {
    NodeId rows[kBlockRows];
    const auto first = static_cast<uint32_t>(block * kBlockRows);
    const uint32_t count = std::min(kBlockRows, rows_ - first);
    for (uint32_t i = 0; i < count; ++i)
        rows[i] = first + i;
    s.block.fill(rows, count);
    s.begin(kCoarseLeaders);
    coarse_.nearest(s.block, 0,
                    whole_panels(coarse_.size() / kCoarser) / static_cast<uint32_t>(kPanelColumns),
                    s.lists);
    store_coarse(s, 1);
}

void Partition::assign_block(Scratch& s, size_t block) {
    begin_block(s, block);
    s.begin(kCoarseLeaders);
    coarse_.nearest(s.block, 0, coarse_.panels(), s.lists);
    store_coarse(s, 0);
    s.begin(kNearLeaders);
    leaders_.nearest(s.block, 0, leaders_.panels(), s.lists);
    store_near(s);
}

// The row's nearest groups, in the place of its nearest leaders.
void Partition::route_block(Scratch& s, size_t block) {
    begin_block(s, block);
    s.begin(kRoutes);
    coarse_.nearest(s.block, 0, coarse_.panels(), s.lists);
    store_coarse(s, 0);
    store_near(s);
}

// Rows of a block go the same ways, more or less.
void Partition::assign_routed_block(Scratch& s, size_t block) {
    const size_t first = block * kBlockRows;
    s.block.fill(order_ + first,
                 static_cast<uint32_t>(std::min<size_t>(kBlockRows, rows_ - first)));
    std::fill_n(s.wanted, group_count_, false);
    for (uint32_t i = 0; i < s.block.count(); ++i) {
        const uint32_t* groups = near_ + size_t{s.block.row(i)} * kNearLeaders;
        for (uint32_t k = 0; k < kRoutes && groups[k] != kNoNode; ++k)
            s.wanted[groups[k]] = true;
    }
    s.begin(kNearLeaders);
    for (uint32_t g = 0; g < group_count_; ++g)
        if (s.wanted[g]) leaders_.nearest(s.block, group_panel_[g], group_panel_[g + 1], s.lists);
    store_near(s);
}

void Partition::order_by_group() {
    sort_by_group(group_count_, ball_rows_, order_, [&](auto&& place) {
        for (NodeId row = 0; row < rows_; ++row) {
            const uint32_t nearest = near_[size_t{row} * kNearLeaders];
            place(nearest == kNoNode ? 0 : nearest, row);
        }
    });
}

void Partition::store_near(Scratch& s) {
    for (uint32_t i = 0; i < s.block.count(); ++i) {
        uint32_t* out = near_ + size_t{s.block.row(i)} * kNearLeaders;
        for (uint32_t k = 0; k < s.lists[i].count; ++k)
            out[k] = s.lists[i].items[k].column;
        fill_up(out, s.lists[i].count, kNearLeaders);
    }
}

void Partition::store_coarse(Scratch& s, uint32_t which) {
    for (uint32_t i = 0; i < s.block.count(); ++i) {
        NodeId* out = coarse_near_ + (size_t{s.block.row(i)} * 2 + which) * kCoarseLeaders;
        const uint32_t count = std::min(s.lists[i].count, kCoarseLeaders);
        for (uint32_t k = 0; k < count; ++k)
            out[k] = coarse_.row(s.lists[i].items[k].column);
        fill_up(out, count, kCoarseLeaders);
    }
}

// The balls of the row, of those that are large enough; there is at least one.
uint32_t Partition::balls_of(NodeId row, uint32_t* out) const {
    const uint32_t* near = near_ + size_t{row} * kNearLeaders;
    uint32_t count = 0;
    for (uint32_t k = 0; k < kNearLeaders && near[k] != kNoNode && count < kCopies; ++k)
        if (ball_rows_[near[k]] >= kLeastRows) out[count++] = near[k];
    if (count == 0) out[count++] = near[0] == kNoNode ? 0 : near[0];
    return count;
}

void Partition::gather_balls() {
    const uint32_t columns = leaders_.size();
    std::fill_n(ball_rows_, columns, 0u);
    for (uint32_t row = 0; row < rows_; ++row) {
        const uint32_t* near = near_ + size_t{row} * kNearLeaders;
        for (uint32_t k = 0; k < kCopies && near[k] != kNoNode; ++k)
            ++ball_rows_[near[k]];
    }
    sort_by_group(columns, first_, members_, [&](auto&& member) {
        uint32_t balls[kCopies];
        for (NodeId row = 0; row < rows_; ++row)
            for (uint32_t count = balls_of(row, balls); count > 0; --count)
                member(balls[count - 1], row);
    });
}

uint32_t Partition::long_candidates(NodeId row, NodeId* out) const {
    uint32_t count = 0;
    const uint32_t* near = near_ + size_t{row} * kNearLeaders;
    for (uint32_t k = 0; k < kNearLeaders && near[k] != kNoNode; ++k)
        out[count++] = leaders_.row(near[k]);
    const NodeId* coarse = coarse_near_ + size_t{row} * 2 * kCoarseLeaders;
    for (uint32_t k = 0; k < 2 * kCoarseLeaders; ++k)
        if (coarse[k] != kNoNode) out[count++] = coarse[k];
    return count;
}

}  // namespace vectidx
