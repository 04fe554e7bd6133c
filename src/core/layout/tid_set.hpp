// A set of heap TIDs: open addressing, grows by doubling, load at most one half.
#pragma once

#include <algorithm>

#include "core/base/arena.hpp"
#include "core/layout/node.hpp"

namespace vectidx {

class TidSet {
  public:
    explicit TidSet(Arena& arena) : arena_(&arena) {}

    bool empty() const { return count_ == 0; }
    size_t bytes() const { return slots_ == nullptr ? 0 : (mask_ + 1) * sizeof(uint64_t); }
    bool contains(const HeapTid& tid) const {
        return slots_ != nullptr && *find(key_of(tid)) != kEmpty;
    }
    // Returns whether the TID was new.
    bool insert(const HeapTid& tid) {
        if (slots_ == nullptr) allocate(kFirst);
        uint64_t* slot = find(key_of(tid));
        if (*slot != kEmpty) return false;
        *slot = key_of(tid);
        if (++count_ * 2 > mask_) grow();
        return true;
    }

  private:
    static constexpr uint64_t kEmpty = 0;
    static constexpr uint64_t kFirst = 64;

    // Never kEmpty.
    static uint64_t key_of(const HeapTid& tid) {
        return uint64_t{1} << 48 | uint64_t{tid.block_high} << 32 | uint64_t{tid.block_low} << 16 |
               tid.offset;
    }
    uint64_t* find(uint64_t key) const {
        uint64_t at = (key * 0x9E3779B97F4A7C15u) >> shift_;  // Fibonacci hashing
        while (slots_[at] != kEmpty && slots_[at] != key)
            at = (at + 1) & mask_;
        return &slots_[at];
    }
    void allocate(uint64_t capacity) {
        slots_ = arena_->alloc<uint64_t>(capacity);
        std::fill_n(slots_, capacity, kEmpty);
        mask_ = capacity - 1;
        shift_ = 64 - static_cast<uint32_t>(__builtin_ctzll(capacity));
        count_ = 0;
    }
    void grow() {
        uint64_t* old = slots_;
        const uint64_t old_mask = mask_;
        allocate((old_mask + 1) * 2);
        for (uint64_t i = 0; i <= old_mask; ++i)
            if (old[i] != kEmpty) {
                *find(old[i]) = old[i];
                ++count_;
            }
        arena_->free(old);
    }

    Arena* arena_;
    uint64_t* slots_ = nullptr;
    uint64_t mask_ = 0;
    uint64_t count_ = 0;
    uint32_t shift_ = 0;
};

}  // namespace vectidx
