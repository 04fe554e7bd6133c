// A random rotation that costs O(n log n): random signs and Hadamard transforms in four rounds.
//
// n is a multiple of 64 but seldom a power of two, so each round transforms a window of the largest
// power of two: the first n' values in even rounds, the last n' in odd ones. The windows overlap in
// at least one value of 64 and together cover all, and after four rounds each input is spread over
// all outputs (the same idea as the Kac walk of RaBitQ's published implementation). Every round is
// orthogonal, so lengths and inner products are kept. Bit-identical on every SIMD target.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/arena.hpp"

namespace vectidx {

class Rotation {
  public:
    static constexpr size_t kRounds = 4;
    static constexpr size_t kStep = 64;  // bits of a code word

    // The length of a rotated vector: dims rounded up to a multiple of 64.
    static constexpr size_t padded(size_t dims) { return (dims + kStep - 1) / kStep * kStep; }

    // The signs come from the seed alone. Takes kRounds * padded(dims) floats from the arena.
    Rotation(size_t dims, uint64_t seed, Arena& arena);

    // A copy that outlives the first one's arena.
    Rotation(const Rotation& other, Arena& arena);

    // out[padded] = R * (in[dims], 0...). in and out may be the same array of `padded` values.
    void apply(const float* in, float* out) const;
    // The inverse, in place: x[padded] = R^-1 x, so that undo(apply(x)) = x, 0... up to rounding.
    void undo(float* x) const;

    size_t dims() const { return dims_; }
    size_t padded() const { return padded_; }

  private:
    size_t dims_;
    size_t padded_;
    size_t window_;   // largest power of two <= padded_
    float* factors_;  // per round: the sign, over sqrt(window_) within the window
};

}  // namespace vectidx
