#include "core/vector/neighbor_code.hpp"

#include <cmath>

namespace vectidx {

namespace {

// The neighbors of one estimate() call at most; longer lists go through in pieces.
constexpr size_t kChunk = 64;

}  // namespace

Bfloat16 to_bfloat16(float value) {
    const uint32_t bits = __builtin_bit_cast(uint32_t, value);
    return static_cast<Bfloat16>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);  // to nearest even
}

NeighborTerms encode_neighbor(const float* parent, const float* child, size_t n, size_t bits,
                              float key_difference, uint64_t* code) {
    const ResidualSums sums = code_kernels().residual(parent, child, n, bits, code);
    NeighborTerms terms{};
    const float cr = 0.5f * sums.absolute;
    if (cr > 0.0f) {
        const float scale = -2.0f * sums.square / cr;
        if (std::fabs(scale) < 3e38f) terms.scale = to_bfloat16(scale);
    }
    // `add` uses the rounded scale, so that the rounding cancels where it matters.
    terms.add = sums.square - from_bfloat16(terms.scale) * (0.5f * sums.parent) + key_difference;
    return terms;
}

QueryPlanes::QueryPlanes(const float* q, size_t bits, Arena& arena) : words_(bits / kWordBits) {
    uint64_t* planes = arena.alloc<uint64_t>(kPlanes * words_);
    constexpr int kLargest = (1 << (kPlanes - 1)) - 1;
    float largest = 0.0f;
    for (size_t j = 0; j < bits; ++j)
        largest = std::fabs(q[j]) > largest ? std::fabs(q[j]) : largest;
    delta_ = largest / static_cast<float>(kLargest);
    const float inverse = delta_ > 1e-37f ? 1.0f / delta_ : 0.0f;
    const int64_t sum = code_kernels().split_planes(q, bits, inverse, planes);
    planes_ = planes;
    half_sum_ = 0.5f * delta_ * static_cast<float>(sum);
}

void QueryPlanes::estimate(const uint64_t* codes, const float* add, const Bfloat16* scale,
                           size_t count, float y, float* out) const {
    const CodeKernels& kernels = code_kernels();
    int32_t dots[kChunk];
    for (size_t i = 0; i < count; i += kChunk) {
        const size_t part = count - i < kChunk ? count - i : kChunk;
        kernels.plane_dots(codes + i * words_, part, words_, planes_, dots);
        kernels.combine(dots, add + i, scale + i, part, delta_, half_sum_, y, out + i);
    }
}

}  // namespace vectidx
