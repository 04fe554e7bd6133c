// A fuzzer's bytes, taken piece by piece; zeros when they are used up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace vectidx::fuzz {

class Input {
  public:
    Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

    template <class T>
    T take() {
        T value{};
        take_bytes(&value, sizeof(value));
        return value;
    }
    // Uniform enough in [0, n). REQUIRES: n > 0.
    uint32_t below(uint32_t n) { return take<uint32_t>() % n; }
    void take_bytes(void* out, size_t bytes) {
        const size_t count = std::min(bytes, left_);
        if (bytes > 0) std::memset(out, 0, bytes);
        if (count > 0) std::memcpy(out, data_, count);
        data_ += count;
        left_ -= count;
    }
    // `bytes` bytes in a block of their exact size, aligned to 8, so that AddressSanitizer sees any
    // access beyond them.
    // The input owns it.
    uint64_t* block(size_t bytes) {
        blocks_.emplace_back(new uint64_t[(bytes + 7) / 8]);
        take_bytes(blocks_.back().get(), bytes);
        return blocks_.back().get();
    }
    size_t left() const { return left_; }

  private:
    const uint8_t* data_;
    size_t left_;
    std::vector<std::unique_ptr<uint64_t[]>> blocks_;
};

// What must hold for any input.
inline void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace vectidx::fuzz
