// An arena for a thread, on malloc(): PostgreSQL's memory contexts are for its own thread only.
//
// Memory is given out front to back and taken back all at once, by reset(), which keeps the chunks
// for what comes next. An arena never returns null; without memory it leaves by longjmp to where
// attempt() was called, which must be in the same thread.
#pragma once

#include <csetjmp>
#include <cstddef>

#include "core/base/arena.hpp"
#include "core/base/function_ref.hpp"

namespace vectidx {

class ThreadArena {
  public:
    ThreadArena()
        : arena_(
              allocate, [](void*, void*) {}, this) {}

    Arena& arena() { return arena_; }

    // Calls f(), in which the arena may be used. Returns false when f was left, without
    // memory; nothing in it may need a destructor.
    bool attempt(FunctionRef<void()> f) {
        if (setjmp(left_) != 0) return false;
        f();
        return true;
    }
    void reset();
    // Gives the chunks back. The arena has no destructor with a duty: the owner calls this.
    void release();

  private:
    struct Chunk {
        Chunk* next;
        size_t size;  // of what follows
    };
    static constexpr size_t kChunkBytes = 128 * 1024;

    static void* allocate(void* self, size_t bytes);
    bool next_chunk(size_t bytes);

    Chunk* first_ = nullptr;
    Chunk* current_ = nullptr;
    size_t used_ = 0;  // of the current chunk
    std::jmp_buf left_;
    Arena arena_;
};

}  // namespace vectidx
