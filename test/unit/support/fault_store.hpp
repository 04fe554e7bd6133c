// A MemoryStore that leaves its caller by longjmp, as ereport(ERROR) does, at any chosen access.
//
// PostgreSQL jumps over C++ frames without running a destructor. Core must not mind: what it holds
// is in an arena, and every prefix of what it has written is a valid graph.
#pragma once

#include <setjmp.h>

#include "support/memory_store.hpp"

namespace vectidx::test {

class FaultStore : public MemoryStore {
  public:
    explicit FaultStore(const MemoryStore& from) : MemoryStore(from) {}

    // Runs the body; the `count`-th access to the store does not return. Returns whether the body
    // came to its end. REQUIRES: the body keeps nothing that needs a destructor.
    template <class F>
    __attribute__((noinline)) bool run_until(uint64_t count, F&& body) {
        if (sigsetjmp(escape_, 0) != 0) return false;
        left_ = count;
        body();
        left_ = 0;
        return true;
    }

  protected:
    bool touch() override {
        MemoryStore::touch();
        if (left_ > 0 && --left_ == 0) siglongjmp(escape_, 1);
        return true;
    }

  private:
    sigjmp_buf escape_;
    uint64_t left_ = 0;  // 0: no fault
};

// A MemoryStore of which a chosen call fails by its status, as one does that finds a page of
// another kind. Whoever goes on after that is found out.
class FailingStore : public MemoryStore {
  public:
    FailingStore(const MemoryStore& from, uint64_t count) : MemoryStore(from), left_(count) {}

    bool failed() const { return left_ == 0; }
    // Calls that came after the failed one.
    uint64_t later() const { return later_; }

    void poll() override { later_ += failed(); }

  protected:
    bool touch() override {
        MemoryStore::touch();
        if (failed()) {
            ++later_;
            return false;
        }
        return --left_ > 0;
    }

  private:
    uint64_t left_;
    uint64_t later_ = 0;
};

}  // namespace vectidx::test
