// One bit per dimension for a neighbor, relative to its parent (RaBitQ: Gao and Long, SIGMOD 2024;
// kept inside the parent's node as in SymphonyQG, SIGMOD 2025).
//
// In the rotated space let P be the parent's stored vector, o the neighbor, r = o - P, and c the
// sign vector of r with values +-1/2, over the first `bits` dimensions. For a query q
//
//     |q - o|^2 = |q - P|^2 + |r|^2 - 2 <q - P, r>
//
// and, since the rotation is random, <x, r> is estimated without bias by <x, c> |r|^2 / <c, r>. So
//
//     estimate = y + add + scale * <q, c>
//     y     = |q - P|^2, exact when P is expanded
//     scale = -2 |r|^2 / <c, r>
//     add   = |r|^2 - scale * <P, c>
//
// with a standard error of about 0.30 |scale| sqrt(y). For inner product
// (transform/vector_space.hpp) `add` has the difference of the two norms too, so that y and
// estimate are keys.
//
// <q, c> = delta * sum over set bits of u[j] - sum(q) / 2, where u is q as 6-bit integers: the bits
// of u form six planes, and the sum is six times AND and population count.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/arena.hpp"
#include "core/simd/code_kernels.hpp"

namespace vectidx {

Bfloat16 to_bfloat16(float value);

// The terms of one neighbor in its parent, beside the code words.
struct NeighborTerms {
    float add;
    Bfloat16 scale;
};

// Bit by bit.
inline bool same_terms(const NeighborTerms& a, const NeighborTerms& b) {
    return std::bit_cast<uint32_t>(a.add) == std::bit_cast<uint32_t>(b.add) && a.scale == b.scale;
}

// Encodes `child` relative to `parent` (both rotated, n values each) over the first `bits` values
// into bits/64 words. `key_difference` is what the key has beyond |q - child|^2, less the same of
// the parent: |parent|^2 - |child|^2 for inner product, else 0. REQUIRES: bits is a multiple of 64
// and bits <= n.
NeighborTerms encode_neighbor(const float* parent, const float* child, size_t n, size_t bits,
                              float key_difference, uint64_t* code);

// A query ready to be compared with codes.
class QueryPlanes {
  public:
    static constexpr size_t kPlanes = kQueryPlanes;

    // q: rotated, at least `bits` values.
    QueryPlanes(const float* q, size_t bits, Arena& arena);

    // out[i] = estimated |q - o_i|^2 for `count` neighbors of the node at distance y:
    // codes[count][bits/64], add[count], scale[count] as encode_neighbor gave them.
    void estimate(const uint64_t* codes, const float* add, const Bfloat16* scale, size_t count,
                  float y, float* out) const;

  private:
    size_t words_;
    const uint64_t* planes_;  // [kPlanes][words], the highest plane counts negative
    float delta_;             // q[j] ~ delta * u[j]
    float half_sum_;          // sum of delta * u[j] over all bits, halved
};

}  // namespace vectidx
