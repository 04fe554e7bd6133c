#include "core/format/space_page.hpp"

#include <algorithm>

namespace vectidx {

bool valid_space(const SpacePage& space, BlockNo blocks) {
    const SpaceHeader& h = space.header;
    if (h.free_count > kMaxRuns || h.retired_count > kMaxRuns - h.free_count) return false;
    for (uint32_t i = 0; i < h.free_count + h.retired_count; ++i) {
        const Run& run = space.runs[i];
        if (run.count == 0 || run.first >= blocks || run.count > blocks - run.first) return false;
    }
    return true;
}

uint64_t RunSet::blocks() const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < size_; ++i)
        sum += runs_[i].count;
    return sum;
}

void RunSet::add(Run run) {
    if (run.count == 0) return;
    Run* at = std::upper_bound(runs_, runs_ + size_, run,
                               [](const Run& a, const Run& b) { return a.first < b.first; });
    const bool joins_before = at > runs_ && at[-1].first + at[-1].count == run.first;
    const bool joins_after = at < runs_ + size_ && run.first + run.count == at->first;
    if (joins_before) {
        at[-1].count += run.count;
        if (joins_after) {
            at[-1].count += at->count;
            erase(static_cast<uint32_t>(at - runs_));
        }
    } else if (joins_after) {
        *at = {run.first, run.count + at->count};
    } else {
        if (size_ == capacity_) {
            forget_shortest();
            return add(run);
        }
        std::copy_backward(at, runs_ + size_, runs_ + size_ + 1);
        *at = run;
        ++size_;
    }
}

Run RunSet::take(uint32_t unit, uint32_t wanted) {
    for (uint32_t i = 0; i < size_; ++i) {
        const uint32_t count = std::min(runs_[i].count, wanted) / unit * unit;
        if (count == 0) continue;
        const Run taken{runs_[i].first, count};
        runs_[i].first += count;
        runs_[i].count -= count;
        if (runs_[i].count == 0) erase(i);
        return taken;
    }
    return {kNoBlock, 0};
}

Run RunSet::take_tail(BlockNo end) {
    if (size_ == 0 || runs_[size_ - 1].first + runs_[size_ - 1].count != end) return {kNoBlock, 0};
    return runs_[--size_];
}

void RunSet::erase(uint32_t i) {
    std::copy(runs_ + i + 1, runs_ + size_, runs_ + i);
    --size_;
}

void RunSet::forget_shortest() {
    const Run* shortest = std::min_element(
        runs_, runs_ + size_, [](const Run& a, const Run& b) { return a.count < b.count; });
    erase(static_cast<uint32_t>(shortest - runs_));
}

}  // namespace vectidx
