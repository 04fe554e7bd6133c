// A set of 32-bit ids: open addressing, grows by doubling, load at most one half.
#pragma once

#include "core/base/arena.hpp"

namespace vectidx {

class IdSet {
  public:
    // REQUIRES: capacity is a power of two.
    explicit IdSet(Arena& arena, uint32_t capacity = 256) : arena_(&arena) { allocate(capacity); }

    // Returns whether the id was new. REQUIRES: id != UINT32_MAX.
    bool insert(uint32_t id) {
        uint32_t* slot = find(id);
        if (*slot != kEmpty) return false;
        *slot = id;
        if (++count_ * 2 > mask_) grow();
        return true;
    }
    bool contains(uint32_t id) const { return *find(id) != kEmpty; }
    size_t size() const { return count_; }
    size_t bytes() const { return (size_t{mask_} + 1) * sizeof(uint32_t); }

  private:
    static constexpr uint32_t kEmpty = UINT32_MAX;

    uint32_t* find(uint32_t id) const {
        uint32_t at =
            (id * 0x9E3779B1u) >> shift_;  // Fibonacci hashing: the high bits are the mixed ones
        while (slots_[at] != kEmpty && slots_[at] != id)
            at = (at + 1) & mask_;
        return &slots_[at];
    }
    void allocate(uint32_t capacity) {
        slots_ = arena_->alloc<uint32_t>(capacity);
        for (uint32_t i = 0; i < capacity; ++i)
            slots_[i] = kEmpty;
        mask_ = capacity - 1;
        shift_ = 32 - static_cast<uint32_t>(__builtin_ctz(capacity));
        count_ = 0;
    }
    void grow() {
        uint32_t* old = slots_;
        uint32_t old_mask = mask_;
        allocate((old_mask + 1) * 2);
        for (uint32_t i = 0; i <= old_mask; ++i)
            if (old[i] != kEmpty) {
                *find(old[i]) = old[i];
                ++count_;
            }
        arena_->free(old);
    }

    Arena* arena_;
    uint32_t* slots_ = nullptr;
    uint32_t mask_ = 0;
    uint32_t shift_ = 0;
    uint32_t count_ = 0;
};

}  // namespace vectidx
