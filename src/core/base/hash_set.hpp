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
    bool insert(Key key) { return insert(key, Itself()) == kEmpty; }
    // The same where a key stands for something: meaning.hash(key) and meaning.equal(a, b) look at
    // that. Returns the equal key that was there, or kEmpty.
    template <class Meaning>
    Key insert(Key key, const Meaning& meaning) {
        Key* slot = find(key, meaning);
        if (*slot != kEmpty) return *slot;
        if (is_full()) {
            grow(meaning);
            slot = find(key, meaning);
        }
        *slot = key;
        ++count_;
        return kEmpty;
    }
    bool contains(Key key) const { return *find(key, Itself()) != kEmpty; }
    // Forgets all keys and keeps the memory.
    void clear() {
        if (slots_ != kNone) std::fill_n(const_cast<Key*>(slots_), size_t{mask_} + 1, kEmpty);
        count_ = 0;
    }
    size_t size() const { return count_; }
    size_t bytes() const { return slots_ == kNone ? 0 : (size_t{mask_} + 1) * sizeof(Key); }
    // The bytes that the next insert() may add to bytes().
    size_t growth() const { return is_full() ? std::max(bytes(), sizeof(Key) * kFirst) : 0; }

  private:
    static constexpr Key kNone[2] = {kEmpty, kEmpty};
    static constexpr Key kFibonacci =
        static_cast<Key>(0x9E3779B97F4A7C15u >> (64 - sizeof(Key) * 8));
    static constexpr size_t kFirst = 64;

    struct Itself {
        Key hash(Key key) const { return key; }
        bool equal(Key a, Key b) const { return a == b; }
    };

    bool is_full() const { return (count_ + 1) * 2 > mask_; }
    // Fibonacci hashing: the high bits are the mixed ones.
    template <class Meaning>
    Key* find(Key key, const Meaning& meaning) const {
        Key at = (meaning.hash(key) * kFibonacci) >> shift_;
        while (slots_[at] != kEmpty && !meaning.equal(slots_[at], key))
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
    template <class Meaning>
    void grow(const Meaning& meaning) {
        const Key* old = slots_;
        const size_t capacity = size_t{mask_} + 1;
        if (old == kNone) {
            allocate(kFirst);
            return;
        }
        allocate(capacity * 2);
        for (size_t i = 0; i < capacity; ++i)
            if (old[i] != kEmpty) *find(old[i], meaning) = old[i];
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
