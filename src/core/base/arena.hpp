// Where core code takes its memory.
//
// In the server an Arena is a memory context, and alloc() leaves by ereport when memory is short;
// in tests it is malloc. Nothing in core owns memory: whoever owns the Arena drops it all at once,
// so every container below is trivially destructible and may be jumped over by longjmp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

class Arena {
  public:
    using AllocFn = void* (*)(void* self, size_t bytes);
    using FreeFn = void (*)(void* self, void* block);

    constexpr Arena(AllocFn alloc_fn, FreeFn free_fn, void* self)
        : alloc_(alloc_fn), free_(free_fn), self_(self) {}

    // Uninitialised room for n values. ENSURES: not null; aligned to 8 bytes.
    template <class T>
    T* alloc(size_t n) {
        static_assert(alignof(T) <= 8, "palloc aligns to 8 bytes only");
        size_t bytes;
        if (__builtin_mul_overflow(n, sizeof(T), &bytes)) bytes = SIZE_MAX;
        return static_cast<T*>(alloc_(self_, bytes));
    }

    // Gives one block back early; optional.
    void free(void* block) {
        if (block != nullptr) free_(self_, block);
    }

  private:
    AllocFn alloc_;
    FreeFn free_;
    void* self_;
};

}  // namespace vectidx
