// Balls around leaders, which are some random rows: every row is in the balls of its nearest
// leaders, so that near rows meet in some ball (leaves.hpp).
#pragma once

#include "core/construct/nearest_columns.hpp"
#include "core/construct/stop.hpp"

namespace vectidx {

// Rows of a ball on average, and of a leaf about.
constexpr uint32_t kLeafRows = 300;
// Balls of a row at most.
constexpr uint32_t kCopies = 8;
// Its nearest leaders that are remembered: some balls turn out too small to be used.
constexpr uint32_t kNearLeaders = 12;
// Likewise of the leaders of two coarser samples, for long edges.
constexpr uint32_t kCoarseLeaders = 6;
constexpr uint32_t kLongCandidates = kNearLeaders + 2 * kCoarseLeaders;

struct PartitionParams {
    unsigned threads;
    // From so many leaders on, a row looks only at those near its nearest coarse leaders.
    uint32_t routed_leaders;
    bool balls;  // false: only the nearest leaders are wanted
};

// Whether rows look at some of the leaders only.
bool is_routed(uint32_t rows, const PartitionParams& params);

class Partition {
  public:
    Partition(const PackedVectors& packed, uint32_t rows, const PartitionParams& params,
              Arena& arena);
    static size_t bytes(const PackedShape& shape, uint32_t rows, const PartitionParams& params);
    void release();

    // Polls with up to as many as there are rows.
    Parallel run(Stop& stop);

    // Balls, some of them empty: members() [ball_first(i), ball_first(i + 1)).
    uint32_t balls() const { return leaders_.size(); }
    size_t ball_first(uint32_t ball) const { return first_[ball]; }
    NodeId* members() { return members_; }
    // Into out[kLongCandidates]; some may come twice, or be the row itself. Returns their number.
    uint32_t long_candidates(NodeId row, NodeId* out) const;

  private:
    struct Scratch;

    Parallel in_blocks(Stop& stop, uint32_t rows, bool counted,
                       FunctionRef<void(Scratch&, size_t)> step);
    void draw_leaders();
    Parallel group_leaders(Stop& stop);
    void begin_block(Scratch& s, size_t block);
    void assign_block(Scratch& s, size_t block);
    void route_block(Scratch& s, size_t block);
    void assign_routed_block(Scratch& s, size_t block);
    void order_by_group();
    void store_near(Scratch& s);
    void store_coarse(Scratch& s, uint32_t which);
    void gather_balls();
    uint32_t balls_of(NodeId row, uint32_t* out) const;

    uint32_t rows_;
    PartitionParams params_;
    Arena& arena_;
    uint32_t leader_count_;
    uint32_t group_count_;  // 0: not routed
    ColumnSet leaders_;
    ColumnSet coarse_;       // the first leaders
    NodeId* drawn_;          // [leader_count_]
    uint32_t* group_of_;     // [leader_count_]
    uint32_t* group_panel_;  // [group_count_ + 1] first panel of the group in leaders_
    uint32_t* near_;         // [rows][kNearLeaders] columns of leaders_; kNoNode behind the last
    NodeId* coarse_near_;    // [rows][2][kCoarseLeaders] rows
    NodeId* order_;          // [rows] by group, where routed
    uint32_t* ball_rows_;    // [columns of leaders_]
    size_t* first_;          // [columns of leaders_ + 1]
    NodeId* members_;        // [rows * kCopies]
    Scratch* scratch_;
};

}  // namespace vectidx
