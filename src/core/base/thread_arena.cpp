#include "core/base/thread_arena.hpp"

#include <algorithm>
#include <cstdlib>

namespace vectidx {

void ThreadArena::reset() {
    current_ = first_;
    used_ = 0;
}

void ThreadArena::release() {
    for (Chunk* chunk = first_; chunk != nullptr;) {
        Chunk* next = chunk->next;
        std::free(chunk);
        chunk = next;
    }
    first_ = current_ = nullptr;
    used_ = 0;
}

// Makes the next chunk that has room the current one.
bool ThreadArena::next_chunk(size_t bytes) {
    Chunk* next = current_ == nullptr ? first_ : current_->next;
    if (next == nullptr || next->size < bytes) {
        const size_t size = std::max(bytes, kChunkBytes);
        if (size > SIZE_MAX / 2) return false;
        auto* made = static_cast<Chunk*>(std::malloc(sizeof(Chunk) + size));
        if (made == nullptr) return false;
        *made = {next, size};
        (current_ == nullptr ? first_ : current_->next) = made;
        next = made;
    }
    current_ = next;
    used_ = 0;
    return true;
}

void* ThreadArena::allocate(void* self, size_t bytes) {
    auto& arena = *static_cast<ThreadArena*>(self);
    const size_t size = bytes > SIZE_MAX - 15 ? SIZE_MAX : (bytes + 15) / 16 * 16;
    if (arena.current_ == nullptr || size > arena.current_->size - arena.used_)
        if (!arena.next_chunk(size)) std::longjmp(arena.left_, 1);
    void* result = reinterpret_cast<char*>(arena.current_ + 1) + arena.used_;
    arena.used_ += size;
    return result;
}

}  // namespace vectidx
