// The page of free blocks: runs of blocks that nothing refers to, ascending, for inserts to take
// before they let the file grow. VACUUM computes them again (src/README.md, "Space"), so a block
// that is missing here is lost only until then. An empty page of this kind refers to nothing: it
// also replaces unused blocks that are overwritten.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/layout/page.hpp"

namespace vectidx {

// Blocks [first, first + count).
struct Run {
    BlockNo first;
    uint32_t count;
};

struct FreeRun {
    BlockNo first;
    uint32_t count;
    uint64_t ready_xid;  // scans may read them that began before this transaction; 0: none does
};
static_assert(sizeof(FreeRun) == 16);
constexpr uint32_t kMaxFreeRuns = static_cast<uint32_t>(kPagePayload / sizeof(FreeRun));

// A copy of the page's runs, which can be changed.
class FreeList {
  public:
    uint32_t size() const { return count_; }
    const FreeRun& operator[](uint32_t i) const { return runs_[i]; }
    const FreeRun* data() const { return runs_; }
    void clear() { count_ = 0; }

    // Copies runs. Returns false, and is empty, when they are not such as a writer leaves them:
    // ascending and apart from each other, none of them empty or with the metapage.
    bool load(const FreeRun* runs, uint32_t count) {
        count_ = 0;
        if (count > kMaxFreeRuns) return false;
        uint64_t end = 1;
        for (uint32_t i = 0; i < count; ++i) {
            if (runs[i].first < end || runs[i].count == 0) return false;
            end = uint64_t{runs[i].first} + runs[i].count;
            if (end >= kNoBlock) return false;
        }
        std::copy_n(runs, count, runs_);
        count_ = count;
        return true;
    }

    // Adds blocks that are not in the list. When it is full, the shortest run is given up.
    void add(const FreeRun& run) {
        if (run.count == 0) return;
        uint32_t at = behind(run.first);
        if (at > 0 && follows(runs_[at - 1], run)) {
            runs_[at - 1].count += run.count;
            if (at < count_ && follows(runs_[at - 1], runs_[at])) {
                runs_[at - 1].count += runs_[at].count;
                erase(at);
            }
            return;
        }
        if (at < count_ && follows(run, runs_[at])) {
            runs_[at].first = run.first;
            runs_[at].count += run.count;
            return;
        }
        if (count_ == kMaxFreeRuns) {
            const uint32_t shortest = find_shortest(1, [](uint64_t) { return true; });
            if (runs_[shortest].count >= run.count) return;
            erase(shortest);
            at -= shortest < at;
        }
        std::copy_backward(runs_ + at, runs_ + count_, runs_ + count_ + 1);
        runs_[at] = run;
        ++count_;
    }

    // Drops the blocks from `end` on. Returns whether there were any.
    bool cut(BlockNo end) {
        bool any = false;
        while (count_ > 0 && runs_[count_ - 1].first >= end) {
            --count_;
            any = true;
        }
        if (count_ == 0) return any;
        FreeRun& last = runs_[count_ - 1];
        if (uint64_t{last.first} + last.count <= end) return any;
        last.count = end - last.first;
        return true;
    }

    // Takes the first `count` blocks of a run.
    Run take_front(uint32_t i, uint32_t count) {
        const Run taken = {runs_[i].first, count};
        runs_[i].first += count;
        runs_[i].count -= count;
        if (runs_[i].count == 0) erase(i);
        return taken;
    }
    // Takes the last `count` blocks of a run. An extent that ends before the run can still grow.
    Run take_back(uint32_t i, uint32_t count) {
        runs_[i].count -= count;
        const Run taken = {runs_[i].first + runs_[i].count, count};
        if (runs_[i].count == 0) erase(i);
        return taken;
    }

    // Which run to take; size() when there is none. `ready(ready_xid)` says which may be taken.
    // The one that begins at `block`;
    template <class Ready>
    uint32_t find_at(BlockNo block, uint32_t at_least, Ready&& ready) const {
        const uint32_t at = behind(block);
        const bool found = at > 0 && runs_[at - 1].first == block &&
                           runs_[at - 1].count >= at_least && ready(runs_[at - 1].ready_xid);
        return found ? at - 1 : count_;
    }
    // the lowest;
    template <class Ready>
    uint32_t find_lowest(uint32_t at_least, Ready&& ready) const {
        uint32_t i = 0;
        while (i < count_ && !(runs_[i].count >= at_least && ready(runs_[i].ready_xid)))
            ++i;
        return i;
    }
    // the longest;
    template <class Ready>
    uint32_t find_longest(uint32_t at_least, Ready&& ready) const {
        uint32_t best = count_;
        for (uint32_t i = 0; i < count_; ++i)
            if (runs_[i].count >= at_least &&
                (best == count_ || runs_[i].count > runs_[best].count) && ready(runs_[i].ready_xid))
                best = i;
        return best;
    }
    // the shortest.
    template <class Ready>
    uint32_t find_shortest(uint32_t at_least, Ready&& ready) const {
        uint32_t best = count_;
        for (uint32_t i = 0; i < count_; ++i)
            if (runs_[i].count >= at_least &&
                (best == count_ || runs_[i].count < runs_[best].count) && ready(runs_[i].ready_xid))
                best = i;
        return best;
    }

    // The run that a block belongs to, which tells when the block may be taken; or nullptr.
    const FreeRun* find(BlockNo block) const {
        const uint32_t at = behind(block);
        if (at == 0 || block - runs_[at - 1].first >= runs_[at - 1].count) return nullptr;
        return &runs_[at - 1];
    }

  private:
    static bool follows(const FreeRun& before, const FreeRun& run) {
        return before.first + before.count == run.first && before.ready_xid == run.ready_xid;
    }
    // The first run that begins behind a block.
    uint32_t behind(BlockNo block) const {
        return static_cast<uint32_t>(
            std::upper_bound(runs_, runs_ + count_, block,
                             [](BlockNo b, const FreeRun& run) { return b < run.first; }) -
            runs_);
    }
    void erase(uint32_t i) {
        std::copy(runs_ + i + 1, runs_ + count_, runs_ + i);
        --count_;
    }

    uint32_t count_ = 0;
    FreeRun runs_[kMaxFreeRuns];
};

}  // namespace vectidx
