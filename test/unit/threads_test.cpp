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

    static bool body(void* self, size_t first, size_t last, unsigned worker) {
        auto& v = *static_cast<Visits*>(self);
        for (size_t i = first; i < last; ++i)
            v.count[i].fetch_add(1);
        unsigned seen = v.highest_worker.load();
        while (worker > seen && !v.highest_worker.compare_exchange_weak(seen, worker)) {
        }
        return true;
    }
};

class ParallelForTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(ParallelForTest, VisitsEveryItemOnce) {
    for (size_t n : {0u, 1u, 2u, 63u, 64u, 65u, 1000u})
        for (size_t chunk : {0u, 1u, 7u, 64u, 5000u}) {
            Visits visits(n);
            EXPECT_EQ(parallel_for(GetParam(), n, chunk, Visits::body, &visits, kNoPoll),
                      Parallel::Done);
            for (auto& c : visits.count)
                EXPECT_EQ(c.load(), 1);
            EXPECT_LT(visits.highest_worker.load(), std::max(1u, GetParam()));
        }
}

TEST_P(ParallelForTest, StopsWhenThePollSaysSo) {
    struct Count {
        std::atomic<size_t> bodies{0};
        size_t polls = 0;
    } count;
    const Poll poll{[](void* self, size_t) { return ++static_cast<Count*>(self)->polls >= 2; },
                    &count};
    const auto body = [](void* self, size_t, size_t, unsigned) {
        static_cast<Count*>(self)->bodies.fetch_add(1);
        timespec ms{0, 1000000};
        nanosleep(&ms, nullptr);
        return true;
    };
    EXPECT_EQ(parallel_for(GetParam(), 1000000, 1, body, &count, poll), Parallel::Stopped);
    EXPECT_LT(count.bodies.load(), 1000000u);
    EXPECT_EQ(count.polls >= 2, true);
}

TEST_P(ParallelForTest, GivesUpWhenABodyFails) {
    std::atomic<size_t> bodies{0};
    const auto body = [](void* self, size_t first, size_t, unsigned) {
        static_cast<std::atomic<size_t>*>(self)->fetch_add(1);
        return first != 40;
    };
    EXPECT_EQ(parallel_for(GetParam(), 1000000, 1, body, &bodies, kNoPoll), Parallel::Failed);
    EXPECT_LT(bodies.load(), 1000000u);
}

TEST_P(ParallelForTest, TellsThePollHowFarItIs) {
    struct Progress {
        size_t last = 0;
        bool falls = false;
    } progress;
    const Poll poll{[](void* self, size_t done) {
                        auto& p = *static_cast<Progress*>(self);
                        p.falls = p.falls || done < p.last;
                        p.last = done;
                        return false;
                    },
                    &progress};
    Visits visits(5000);
    EXPECT_EQ(parallel_for(GetParam(), 5000, 10, Visits::body, &visits, poll), Parallel::Done);
    EXPECT_FALSE(progress.falls);
    // Workers may be done before the caller asks at all.
    EXPECT_LE(progress.last, 5000u);
    EXPECT_TRUE(GetParam() > 1 || progress.last == 5000);
}

INSTANTIATE_TEST_SUITE_P(Threads, ParallelForTest, ::testing::Values(0u, 1u, 2u, 8u, 1000u));

TEST(ThreadsTest, BlocksEverySignalInWorkersOnly) {
    const auto body = [](void*, size_t, size_t, unsigned) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 &&
               sigismember(&mask, SIGALRM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    };
    EXPECT_EQ(parallel_for(2, 10, 1, body, nullptr, kNoPoll), Parallel::Done);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    EXPECT_EQ(sigismember(&mask, SIGINT), 0);
    // With one thread the work is the caller's own.
    EXPECT_EQ(parallel_for(1, 10, 1, body, nullptr, kNoPoll), Parallel::Failed);
}

}  // namespace
}  // namespace vectidx
