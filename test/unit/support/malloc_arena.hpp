// An Arena on malloc that frees everything when it goes, and counts what is in use.
#pragma once

#include <cstdlib>
#include <new>
#include <unordered_map>

#include "core/base/arena.hpp"

namespace vectidx::test {

class MallocArena {
  public:
    MallocArena() : arena_(allocate, release, this) {}
    ~MallocArena() { reset(); }
    MallocArena(const MallocArena&) = delete;

    operator Arena&() { return arena_; }
    Arena& arena() { return arena_; }
    size_t in_use() const { return in_use_; }
    void reset() {
        for (auto& [block, bytes] : blocks_)
            std::free(block);
        blocks_.clear();
        in_use_ = 0;
    }

  private:
    static void* allocate(void* self, size_t bytes) {
        auto& arena = *static_cast<MallocArena*>(self);
        void* block = std::malloc(bytes > 0 ? bytes : 1);
        if (block == nullptr) throw std::bad_alloc();
        arena.blocks_[block] = bytes;
        arena.in_use_ += bytes;
        return block;
    }
    static void release(void* self, void* block) {
        auto& arena = *static_cast<MallocArena*>(self);
        auto it = arena.blocks_.find(block);
        if (it == arena.blocks_.end()) std::abort();  // freed twice, or not ours
        arena.in_use_ -= it->second;
        arena.blocks_.erase(it);
        std::free(block);
    }

    Arena arena_;
    std::unordered_map<void*, size_t> blocks_;
    size_t in_use_ = 0;
};

}  // namespace vectidx::test
