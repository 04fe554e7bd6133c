// A set of integers: open addressing, grows by doubling, load at most one half.
#pragma once

#include <algorithm>

#include "core/base/arena.hpp"

namespace vectidx {

// REQUIRES: kEmpty is never inserted.
template <class Key, Key kEmpty>
class HashSet {
  public:
    // No memory is taken before the first insert() when capacity is 0.
    // REQUIRES: capacity is 0, or a power of two and at least 2.
    explicit HashSet(Arena& arena, size_t capacity) : arena_(&arena) {
        if (capacity > 0) allocate(capacity);
    }

    // Returns whether the key was new.
    bool insert(Key key) {
        Key* slot = find(key);
        if (*slot != kEmpty) return false;
        if ((count_ + 1) * 2 > mask_) {
            grow();
            slot = find(key);
        }
        *slot = key;
        ++count_;
        return true;
    }
    bool contains(Key key) const { return *find(key) != kEmpty; }
    size_t size() const { return count_; }
    size_t bytes() const { return slots_ == kNone ? 0 : (size_t{mask_} + 1) * sizeof(Key); }

  private:
    static constexpr Key kNone[2] = {kEmpty, kEmpty};
    static constexpr Key kFibonacci =
        static_cast<Key>(0x9E3779B97F4A7C15u >> (64 - sizeof(Key) * 8));
    static constexpr size_t kFirst = 64;

    // Fibonacci hashing: the high bits are the mixed ones.
    Key* find(Key key) const {
        Key at = (key * kFibonacci) >> shift_;
        while (slots_[at] != kEmpty && slots_[at] != key)
            at = (at + 1) & mask_;
        return const_cast<Key*>(&slots_[at]);
    }
    Key* allocate(size_t capacity) {
        Key* slots = arena_->alloc<Key>(capacity);
        std::fill_n(slots, capacity, kEmpty);
        slots_ = slots;
        mask_ = static_cast<Key>(capacity - 1);
        shift_ = static_cast<uint32_t>(sizeof(Key) * 8) -
                 static_cast<uint32_t>(__builtin_ctzll(capacity));
        return slots;
    }
    void grow() {
        const Key* old = slots_;
        const size_t capacity = size_t{mask_} + 1;
        if (old == kNone) {
            allocate(kFirst);
            return;
        }
        allocate(capacity * 2);
        for (size_t i = 0; i < capacity; ++i)
            if (old[i] != kEmpty) *find(old[i]) = old[i];
        arena_->free(const_cast<Key*>(old));
    }

    Arena* arena_;
    const Key* slots_ = kNone;
    Key mask_ = 1;
    Key count_ = 0;
    uint32_t shift_ = sizeof(Key) * 8 - 1;
};

// A set of 32-bit ids. REQUIRES: UINT32_MAX is none of them.
class IdSet : public HashSet<uint32_t, UINT32_MAX> {
  public:
    explicit IdSet(Arena& arena, size_t capacity = 256) : HashSet(arena, capacity) {}
};

}  // namespace vectidx
