// A poll for a build in several phases, which long steps of parallel_for() can ask, too.
#pragma once

#include <algorithm>
#include <atomic>

#include "core/base/threads.hpp"

namespace vectidx {

class Stop {
  public:
    Stop(unsigned threads, Poll poll) : threads_(threads), poll_(poll) {}

    // Begins a phase, with `done` in all phases before.
    void begin(size_t done) { base_ = done; }
    // What parallel_for() polls with; `done` is that of the phase.
    bool poll(size_t done) {
        done_ = std::max(done_, base_ + done);
        if (poll_(done_)) stopped_.store(true, std::memory_order_relaxed);
        return is_set();
    }
    // For a step in a worker, which without further threads is the thread that may poll.
    bool wanted() { return threads_ == 1 ? poll(0) : is_set(); }

    // What a phase came to: its last steps may have ended early without parallel_for() knowing.
    Parallel outcome(Parallel result) const {
        return result == Parallel::Done && is_set() ? Parallel::Stopped : result;
    }

  private:
    bool is_set() const { return stopped_.load(std::memory_order_relaxed); }

    unsigned threads_;
    Poll poll_;
    size_t base_ = 0;
    size_t done_ = 0;
    std::atomic<bool> stopped_{false};
};

}  // namespace vectidx
