#include "core/base/threads.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <vector>

namespace vectidx {
namespace {

constexpr Poll kNoPoll{nullptr, nullptr};

struct Visits {
    std::vector<std::atomic<int>> count;
    std::atomic<unsigned> highest_worker{0};
    explicit Visits(size_t n) : count(n) {}

    bool operator()(size_t first, size_t last, unsigned worker) {
        for (size_t i = first; i < last; ++i)
            count[i].fetch_add(1);
        unsigned seen = highest_worker.load();
        while (worker > seen && !highest_worker.compare_exchange_weak(seen, worker)) {
        }
        return true;
    }
};

class ParallelForTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(ParallelForTest, VisitsEveryItemOnce) {
    for (size_t n : {0u, 1u, 2u, 63u, 64u, 65u, 1000u})
        for (size_t chunk : {0u, 1u, 7u, 64u, 5000u}) {
            Visits visits(n);
            EXPECT_EQ(parallel_for(GetParam(), n, chunk, visits, kNoPoll), Parallel::Done);
            for (auto& c : visits.count)
                EXPECT_EQ(c.load(), 1);
            EXPECT_LT(visits.highest_worker.load(), std::max(1u, GetParam()));
        }
}

TEST_P(ParallelForTest, StopsWhenThePollSaysSo) {
    std::atomic<size_t> bodies{0};
    size_t polls = 0;
    const auto poll = [&](size_t) { return ++polls >= 2; };
    const auto body = [&](size_t, size_t, unsigned) {
        bodies.fetch_add(1);
        timespec ms{0, 1000000};
        nanosleep(&ms, nullptr);
        return true;
    };
    EXPECT_EQ(parallel_for(GetParam(), 1000000, 1, body, poll), Parallel::Stopped);
    EXPECT_LT(bodies.load(), 1000000u);
    EXPECT_EQ(polls >= 2, true);
}

TEST_P(ParallelForTest, GivesUpWhenABodyFails) {
    std::atomic<size_t> bodies{0};
    const auto body = [&](size_t first, size_t, unsigned) {
        bodies.fetch_add(1);
        return first != 40;
    };
    EXPECT_EQ(parallel_for(GetParam(), 1000000, 1, body, kNoPoll), Parallel::Failed);
    EXPECT_LT(bodies.load(), 1000000u);
}

TEST_P(ParallelForTest, TellsThePollHowFarItIs) {
    size_t last = 0;
    bool falls = false;
    const auto poll = [&](size_t done) {
        falls = falls || done < last;
        last = done;
        return false;
    };
    Visits visits(5000);
    EXPECT_EQ(parallel_for(GetParam(), 5000, 10, visits, poll), Parallel::Done);
    EXPECT_FALSE(falls);
    // Workers may be done before the caller asks at all.
    EXPECT_LE(last, 5000u);
    EXPECT_TRUE(GetParam() > 1 || last == 5000);
}

INSTANTIATE_TEST_SUITE_P(Threads, ParallelForTest, ::testing::Values(0u, 1u, 2u, 8u, 1000u));

TEST(ThreadsTest, BlocksEverySignalInWorkersOnly) {
    const auto body = [](size_t, size_t, unsigned) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 &&
               sigismember(&mask, SIGALRM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    };
    EXPECT_EQ(parallel_for(2, 10, 1, body, kNoPoll), Parallel::Done);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGINT), 0);
    // With one thread the work is the caller's own.
    EXPECT_EQ(parallel_for(1, 10, 1, body, kNoPoll), Parallel::Failed);
}

}  // namespace
}  // namespace vectidx
