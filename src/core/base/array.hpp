// A growable array on an Arena. Trivially destructible: the Arena's owner frees it.
#pragma once

#include <cstring>
#include <type_traits>

#include "core/base/arena.hpp"

namespace vectidx {

template <class T>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    explicit Array(Arena& arena, size_t reserve = 0) : arena_(&arena) {
        if (reserve > 0) grow_to(reserve);
    }

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    T& operator[](size_t i) { return data_[i]; }
    const T& operator[](size_t i) const { return data_[i]; }
    T& back() { return data_[size_ - 1]; }
    size_t bytes() const { return capacity_ * sizeof(T); }
    // The bytes that the next push_back() adds to bytes().
    size_t growth() const {
        return size_ < capacity_ ? 0 : (next_capacity() - capacity_) * sizeof(T);
    }

    void push_back(T value) {
        if (size_ == capacity_) grow_to(next_capacity());
        data_[size_++] = value;
    }
    void pop_back() { --size_; }
    void clear() { size_ = 0; }

    // Appends n uninitialised values and returns the first of them.
    T* extend(size_t n) {
        if (size_ + n > capacity_) grow_to(size_ + n > capacity_ * 2 ? size_ + n : capacity_ * 2);
        T* first = data_ + size_;
        size_ += n;
        return first;
    }
    // REQUIRES: n <= size().
    void truncate(size_t n) { size_ = n; }

  private:
    size_t next_capacity() const { return capacity_ < 16 ? 16 : capacity_ * 2; }
    void grow_to(size_t capacity) {
        T* bigger = arena_->alloc<T>(capacity);
        if (size_ > 0) std::memcpy(bigger, data_, size_ * sizeof(T));
        arena_->free(data_);
        data_ = bigger;
        capacity_ = capacity;
    }

    Arena* arena_;
    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

static_assert(std::is_trivially_destructible_v<Array<int>>);

}  // namespace vectidx
