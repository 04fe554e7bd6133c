#include "core/vector/rotation.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "core/base/random.hpp"
#include "core/simd/transform_kernels.hpp"

namespace vectidx {

namespace {

size_t window_start(size_t round, size_t padded, size_t window) {
    return round % 2 == 0 ? 0 : padded - window;
}

}  // namespace

Rotation::Rotation(size_t dims, uint64_t seed, Arena& arena)
    : dims_(dims),
      padded_(padded(dims)),
      window_(std::bit_floor(padded_)),
      factors_(arena.alloc<float>(kRounds * padded_)) {
    Random random(seed);
    const float norm = 1.0f / std::sqrt(static_cast<float>(window_));
    for (size_t round = 0; round < kRounds; ++round) {
        const size_t start = window_start(round, padded_, window_);
        uint64_t bits = 0;
        for (size_t i = 0; i < padded_; ++i) {
            if (i % 64 == 0) bits = random.next();
            const float size = i >= start && i < start + window_ ? norm : 1.0f;
            factors_[round * padded_ + i] = (bits >> (i % 64)) & 1 ? size : -size;
        }
    }
}

Rotation::Rotation(const Rotation& other, Arena& arena) : Rotation(other) {
    factors_ = arena.alloc<float>(kRounds * padded_);
    std::memcpy(factors_, other.factors_, kRounds * padded_ * sizeof(float));
}

void Rotation::apply(const float* in, float* out) const {
    const TransformKernels& kernels = transform_kernels();
    std::memmove(out, in, dims_ * sizeof(float));
    std::memset(out + dims_, 0, (padded_ - dims_) * sizeof(float));
    for (size_t round = 0; round < kRounds; ++round) {
        kernels.multiply(out, factors_ + round * padded_, padded_);
        kernels.hadamard(out + window_start(round, padded_, window_), window_);
    }
}

// A round is H S with H symmetric, H H = window, and S the signs over sqrt(window): its inverse is
// S H.
void Rotation::undo(float* x) const {
    const TransformKernels& kernels = transform_kernels();
    for (size_t round = kRounds; round-- > 0;) {
        kernels.hadamard(x + window_start(round, padded_, window_), window_);
        kernels.multiply(x, factors_ + round * padded_, padded_);
    }
}

}  // namespace vectidx
