// Binary heaps over an Array: a min-heap of keyed items and a bounded max-heap of keys.
#pragma once

#include <algorithm>

#include "core/base/array.hpp"

namespace vectidx {

// The item with the smallest `key` is on top. REQUIRES: keys are not NaN.
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
        std::push_heap(items_.begin(), items_.end(), Later());
    }
    Item pop() {
        std::pop_heap(items_.begin(), items_.end(), Later());
        Item item = items_.back();
        items_.pop_back();
        return item;
    }
    void clear() { items_.clear(); }

  private:
    // A type, not a function: a function would be called by its address.
    struct Later {
        bool operator()(const Item& a, const Item& b) const { return a.key > b.key; }
    };

    Array<Item> items_;
};

// Keeps the `capacity` smallest keys it is offered; worst() is the largest of them.
class SmallestKeys {
  public:
    SmallestKeys(Arena& arena, size_t capacity) : keys_(arena), capacity_(capacity) {}

    bool full() const { return keys_.size() >= capacity_; }
    float worst() const { return keys_[0]; }

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
