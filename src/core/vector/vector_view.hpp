// A vector in memory, as the core computes with it: single-precision values or, where the metric
// compares bits (metric.hpp), the bytes of a bit string. Which of the two it is follows from the
// metric, and in the layout from the storage. Who reads a view says which one is expected, so
// neither can be passed where the other is wanted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/base/arena.hpp"

namespace vectidx {

class VectorView {
  public:
    constexpr VectorView() = default;  // no vector
    explicit constexpr VectorView(const float* floats) : data_(floats) {}
    explicit constexpr VectorView(const uint8_t* bits) : data_(bits) {}

    // REQUIRES: the metric does not compare bits.
    const float* floats() const { return static_cast<const float*>(data_); }
    // REQUIRES: the metric compares bits.
    const uint8_t* bits() const { return static_cast<const uint8_t*>(data_); }

    explicit operator bool() const { return data_ != nullptr; }
    bool operator==(const VectorView&) const = default;

  private:
    const void* data_ = nullptr;
};

// Where a vector is written: room for `padded` floats, or for as many bytes of a bit string.
class VectorBuffer {
  public:
    constexpr VectorBuffer() = default;  // no room
    explicit constexpr VectorBuffer(float* memory) : memory_(memory) {}
    VectorBuffer(Arena& arena, size_t padded) : memory_(arena.alloc<float>(padded)) {}

    float* floats() const { return memory_; }
    uint8_t* bits() const { return reinterpret_cast<uint8_t*>(memory_); }
    // The zero vector, or a string without a set bit.
    VectorBuffer clear(size_t padded) const {
        std::fill_n(memory_, padded, 0.0f);
        return *this;
    }

    operator VectorView() const { return VectorView(memory_); }  // NOLINT(*-explicit-*)

  private:
    float* memory_ = nullptr;
};

}  // namespace vectidx
