// Arenas on PostgreSQL's memory contexts.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/arena.hpp"

namespace vectidx {

// Memory of a context: alloc() reports an error when there is none, as palloc does, and what is not
// freed goes with the context. There is no limit of 1 GB.
inline Arena context_arena(MemoryContext context) {
    return Arena(
        [](void* self, size_t bytes) {
            return MemoryContextAllocHuge(static_cast<MemoryContext>(self), bytes);
        },
        [](void*, void* block) { pfree(block); }, context);
}

// Memory of one block that is there already, given out front to back.
class BlockArena {
  public:
    BlockArena(void* block, size_t bytes)
        : next_(static_cast<char*>(block)),
          left_(bytes),
          arena_(
              allocate, [](void*, void*) {}, this) {}

    Arena& arena() { return arena_; }

  private:
    static void* allocate(void* self, size_t bytes) {
        auto& block = *static_cast<BlockArena*>(self);
        const size_t size = MAXALIGN(bytes);
        if (size > block.left_) elog(ERROR, "vectidx: a block of memory is too small");
        void* result = block.next_;
        block.next_ += size;
        block.left_ -= size;
        return result;
    }

    char* next_;
    size_t left_;
    Arena arena_;
};

}  // namespace vectidx
