// The Space page: blocks that are free, and blocks that soon will be.
//
// When a rebuild puts a new generation of the graph in force, the blocks of the old one are
// *retired*: scans that began before may still read them. They become *free* when every snapshot
// that could be such a scan's is gone (retired_xid), and the next generation is written into free
// blocks first. An index has one Space page, made at its first rebuild and named by the metapage.
//
//     48  +-------------------------------+
//         | SpaceHeader                   |
//         | runs: free ..., retired ...   |
//   8192  +-------------------------------+
#pragma once

#include <cstddef>

#include "core/format/page.hpp"

namespace vectidx {

// Blocks [first, first + count).
struct Run {
    BlockNo first;
    uint32_t count;
};

struct SpaceHeader {
    uint64_t retired_xid;    // full transaction id: the retired runs are free once all see it
    uint32_t free_count;     // runs
    uint32_t retired_count;  // runs, behind the free ones
};

constexpr uint32_t kMaxRuns =
    static_cast<uint32_t>((kPagePayload - sizeof(SpaceHeader)) / sizeof(Run));

struct SpacePage {
    SpaceHeader header;
    Run runs[kMaxRuns];
};
static_assert(sizeof(SpacePage) <= kPagePayload);

// Whether the counts fit and the runs lie within `blocks` blocks.
bool valid_space(const SpacePage& space, BlockNo blocks);

// A set of blocks as disjoint runs in ascending order, in memory of the caller's.
class RunSet {
  public:
    // `capacity` runs at most; when there are more, the shortest are forgotten (a later sweep finds
    // their blocks again).
    RunSet(Run* runs, uint32_t capacity) : runs_(runs), capacity_(capacity) {}

    uint32_t size() const { return size_; }
    const Run& operator[](uint32_t i) const { return runs_[i]; }
    uint64_t blocks() const;

    // REQUIRES: none of the blocks is in the set.
    void add(Run run);
    // Removes and returns a piece of the first run that has at least `unit` blocks: a multiple of
    // `unit`, `wanted` blocks at most. {kNoBlock, 0} when no run is long enough.
    Run take(uint32_t unit, uint32_t wanted);
    // Removes and returns the run that ends at block `end`, if there is one.
    Run take_tail(BlockNo end);

  private:
    void erase(uint32_t i);
    void forget_shortest();

    Run* runs_;
    uint32_t capacity_;
    uint32_t size_ = 0;
};

}  // namespace vectidx
