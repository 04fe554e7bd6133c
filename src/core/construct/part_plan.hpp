// Which part of a build in parts a row belongs to (src/README.md, "Parts").
//
// A row belongs to the part of its nearest leader (part_leaders.hpp), and a row near the border of
// parts has a copy in up to two others, so that links lead across. All that decides is how far a
// row is from its nearest leaders, and a hash of its vector: equal vectors go to the same part.
#pragma once

#include "core/base/array.hpp"
#include "core/base/function_ref.hpp"
#include "core/layout/layout.hpp"

namespace vectidx {

// Nearest leaders of a row that are remembered.
constexpr uint32_t kPartLeaders = 6;
constexpr uint32_t kNoPart = UINT32_MAX;

struct NearLeaders {
    uint32_t hash;                  // of the vector
    uint32_t leader[kPartLeaders];  // the nearest first, at least one; kNoNode behind the last
    float distance[kPartLeaders];
};

// Copies of a row at most.
constexpr uint32_t kMostCopies = 2;
constexpr uint32_t kGaps = 1024;

struct PartChoice {
    uint32_t part;
    // Where copies of the row help most, and how much farther the leaders there are, below kGaps;
    // 0 is as far. kNoPart behind the last.
    uint32_t other[kMostCopies];
    uint32_t gap[kMostCopies];
};

// Used in this order: count_nearest() every row, drop_hubs(), count() every row, pack(). Then
// choose(), and tally() every row before copied_gaps().
class PartPlan {
  public:
    PartPlan(uint32_t leaders, Arena& arena);
    static size_t bytes(uint32_t leaders);

    void count_nearest(const NearLeaders& row) { ++rows_[row.leader[0]]; }
    // A leader that is the nearest of more than `most` rows is none: its rows go to their next.
    void drop_hubs(uint64_t most);
    void count(const NearLeaders& row);
    // Divides the leaders into at least `parts` parts of near ones, and more until none has more
    // than `most` rows. Where one leader has more, a hash divides its rows. Then leaders move to
    // the parts with which they share most rows at their borders.
    void pack(uint32_t parts, uint64_t most, FunctionRef<float(uint32_t, uint32_t)> distance);

    uint32_t parts() const { return parts_; }
    PartChoice choose(const NearLeaders& row) const;
    void tally(const PartChoice& choice);
    // Rows of a part as they were tallied; equal vectors count each.
    uint64_t part_rows(uint32_t part) const { return part_rows_[part]; }
    // Gaps below this are worth a copy, so that there are about `copies` of them.
    uint32_t copied_gaps(uint64_t copies) const;

  private:
    // All rows of a leader, or a piece of them.
    struct Item {
        uint32_t leader;
        uint32_t part;
        uint64_t rows;
        float place;  // along the line that divides a range of items
    };

    // Items that are to make `parts` parts, from `part` on.
    struct Range {
        uint32_t* items;  // [size] into items_
        uint32_t size, part, parts;
    };

    // Rows that have both leaders among their nearest, weighted.
    struct Shared {
        uint32_t leader;
        uint32_t rows;
    };

    uint32_t leader_of(const NearLeaders& row) const;
    const Item& item_of(uint32_t leader, uint32_t hash) const;
    void share(uint32_t leader, uint32_t other, uint32_t rows);
    void make_items(uint64_t most);
    void refine(uint64_t most);
    void divide(uint32_t parts, FunctionRef<float(uint32_t, uint32_t)> distance);
    void sort_across(const Range& range, FunctionRef<float(uint32_t, uint32_t)> distance);
    uint32_t share_of(const Range& range, uint32_t left) const;

    Arena& arena_;
    uint32_t leaders_;
    uint32_t parts_ = 0;
    uint64_t* rows_;        // [leaders_]
    bool* dropped_;         // [leaders_]
    Shared* shared_;        // [leaders_][kShared]
    uint32_t* first_item_;  // [leaders_ + 1]
    Array<Item> items_;     // by leader
    Array<uint64_t> part_rows_;
    Array<uint64_t> affinity_;  // of an item to each part
    uint64_t gap_rows_[kGaps] = {};
};

}  // namespace vectidx
