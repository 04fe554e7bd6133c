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
    void touch() override {
        MemoryStore::touch();
        if (left_ > 0 && --left_ == 0) siglongjmp(escape_, 1);
    }

  private:
    sigjmp_buf escape_;
    uint64_t left_ = 0;  // 0: no fault
};

}  // namespace vectidx::test
