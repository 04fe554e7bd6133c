#include "core/base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace vectidx {

namespace {

constexpr unsigned kMaxThreads = 256;
constexpr long kPollNanoseconds = 20 * 1000 * 1000;

struct Shared {
    size_t count;
    size_t chunk;
    Body body;
    std::atomic<size_t> next{0};
    std::atomic<size_t> done{0};
    std::atomic<bool> stop{false};
    std::atomic<bool> failed{false};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
    unsigned running = 0;  // under mutex
};

struct Worker {
    Shared* shared;
    unsigned index;
    pthread_t thread;
};

// Takes one chunk. Returns false when there is none left, or when the work is over.
bool work(Shared& s, unsigned worker) {
    if (s.stop.load(std::memory_order_relaxed)) return false;
    const size_t first = s.next.fetch_add(s.chunk, std::memory_order_relaxed);
    if (first >= s.count) return false;
    const size_t last = std::min(first + s.chunk, s.count);
    if (!s.body(first, last, worker)) {
        s.failed.store(true, std::memory_order_relaxed);
        s.stop.store(true, std::memory_order_relaxed);
        return false;
    }
    s.done.fetch_add(last - first, std::memory_order_relaxed);
    return true;
}

void* run_worker(void* argument) {
    auto* worker = static_cast<Worker*>(argument);
    Shared& s = *worker->shared;
    while (work(s, worker->index)) {
    }
    pthread_mutex_lock(&s.mutex);
    --s.running;
    pthread_cond_signal(&s.finished);
    pthread_mutex_unlock(&s.mutex);
    return nullptr;
}

// Starts up to `wanted` workers with every signal blocked; returns how many there are.
unsigned start(Shared& s, Worker* workers, unsigned wanted) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    unsigned started = 0;
    for (; started < wanted; ++started) {
        workers[started] = {&s, started, {}};
        pthread_mutex_lock(&s.mutex);
        ++s.running;
        pthread_mutex_unlock(&s.mutex);
        if (pthread_create(&workers[started].thread, nullptr, run_worker, &workers[started]) != 0) {
            pthread_mutex_lock(&s.mutex);
            --s.running;
            pthread_mutex_unlock(&s.mutex);
            break;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

// Waits for the workers, asking `poll` from time to time.
void supervise(Shared& s, const Poll& poll) {
    pthread_mutex_lock(&s.mutex);
    while (s.running > 0) {
        timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += kPollNanoseconds;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&s.finished, &s.mutex, &until);
        pthread_mutex_unlock(&s.mutex);
        if (poll(s.done.load(std::memory_order_relaxed)))
            s.stop.store(true, std::memory_order_relaxed);
        pthread_mutex_lock(&s.mutex);
    }
    pthread_mutex_unlock(&s.mutex);
}

}  // namespace

Parallel parallel_for(unsigned threads, size_t count, size_t chunk, Body body, Poll poll) {
    Shared s{count, std::max<size_t>(chunk, 1), body};
    Worker workers[kMaxThreads];
    threads = std::min(threads, kMaxThreads);
    const unsigned started = threads > 1 ? start(s, workers, threads) : 0;
    if (started > 0) {
        supervise(s, poll);
        for (unsigned i = 0; i < started; ++i)
            pthread_join(workers[i].thread, nullptr);
    } else {
        while (work(s, 0))
            if (poll(s.done.load(std::memory_order_relaxed))) s.stop.store(true);
    }
    pthread_cond_destroy(&s.finished);
    pthread_mutex_destroy(&s.mutex);
    if (s.failed.load()) return Parallel::Failed;
    return s.done.load() == count ? Parallel::Done : Parallel::Stopped;
}

}  // namespace vectidx
