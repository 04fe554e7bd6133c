// Heaps over an Array: a min-heap of keyed items and a bounded max-heap of keys.
#pragma once

#include <algorithm>

#include "core/base/array.hpp"

namespace vectidx {

// The item with the smallest `key` is on top. Four children per item: half the levels of a binary
// heap, and the four lie on one or two cache lines. REQUIRES: keys are not NaN.
template <class Item>
class MinHeap {
  public:
    explicit MinHeap(Arena& arena, size_t reserve = 0) : items_(arena, reserve) {}

    bool empty() const { return items_.empty(); }
    size_t size() const { return items_.size(); }
    size_t bytes() const { return items_.bytes(); }
    const Item& top() const { return items_[0]; }
    const Array<Item>& items() const { return items_; }

    void push(Item item) {
        items_.push_back(item);
        size_t at = items_.size() - 1;
        for (size_t parent; at > 0 && item.key < items_[parent = (at - 1) / kChildren].key;
             at = parent)
            items_[at] = items_[parent];
        items_[at] = item;
    }
    Item pop() {
        const Item item = items_[0];
        const Item last = items_.back();
        items_.pop_back();
        if (!items_.empty()) sink(0, last);
        return item;
    }
    // Many pushes at once: add() each, then order(). Nothing else may be called in between.
    void add(Item item) { items_.push_back(item); }
    void order() {
        for (size_t at = items_.size() / kChildren + 1; at-- > 0;)
            if (at < items_.size()) sink(at, items_[at]);
    }
    void clear() { items_.clear(); }

  private:
    static constexpr size_t kChildren = 4;

    // Puts the item at the place `at`, or below it where its children are smaller.
    void sink(size_t at, Item item) {
        const size_t size = items_.size();
        for (;;) {
            const size_t first = at * kChildren + 1;
            if (first >= size) break;
            const size_t end = std::min(first + kChildren, size);
            size_t least = first;
            for (size_t child = first + 1; child < end; ++child)
                least = items_[child].key < items_[least].key ? child : least;
            if (!(items_[least].key < item.key)) break;
            items_[at] = items_[least];
            at = least;
        }
        items_[at] = item;
    }

    Array<Item> items_;
};

// Keeps the `capacity` smallest keys it is offered; worst() is the largest of them.
class SmallestKeys {
  public:
    SmallestKeys(Arena& arena, size_t capacity) : keys_(arena), capacity_(capacity) {}

    size_t size() const { return keys_.size(); }
    bool full() const { return keys_.size() >= capacity_; }
    float worst() const { return keys_[0]; }
    // REQUIRES: there are keys.
    float mean() const {
        double sum = 0.0;
        for (float key : keys_)
            sum += static_cast<double>(key);
        return static_cast<float>(sum / static_cast<double>(keys_.size()));
    }
    size_t within(float bound) const {
        return static_cast<size_t>(
            std::count_if(keys_.begin(), keys_.end(), [=](float key) { return key <= bound; }));
    }

    // Returns whether the key was among the smallest.
    bool offer(float key) {
        if (full()) {
            if (!(key < keys_[0])) return false;
            std::pop_heap(keys_.begin(), keys_.end());
            keys_.pop_back();
        }
        keys_.push_back(key);
        std::push_heap(keys_.begin(), keys_.end());
        return true;
    }
    void reset(size_t capacity) {
        keys_.clear();
        capacity_ = capacity;
    }

  private:
    Array<float> keys_;
    size_t capacity_;
};

}  // namespace vectidx
