// Vamana's robust prune (vamana.hpp).
#pragma once

#include "core/construct/packed_vectors.hpp"

namespace vectidx {

// A row and the length of the edge to it.
struct RowDistance {
    float distance;
    NodeId row;
    bool operator<(const RowDistance& other) const {
        return distance < other.distance || (distance == other.distance && row < other.row);
    }
};

// Packed vectors side by side, as they stand in memory during a build.
struct PackedArray {
    const PackedVectors& packed;
    const uint8_t* bytes;  // [rows][packed.size()]

    const uint8_t* at(NodeId row) const { return bytes + size_t{row} * packed.size(); }
    float distance(NodeId a, NodeId b) const { return packed.distance(at(a), at(b)); }
    void prefetch(NodeId row) const {
        constexpr size_t kCacheLine = 64;
        for (size_t i = 0; i < packed.size(); i += kCacheLine)
            __builtin_prefetch(at(row) + i);
    }
};

// Room for robust_prune() of so many candidates.
struct PruneScratch {
    float* distance;
    bool* used;
};

// Algorithm 2: of `count` candidates of `row`, up to `degree` into out[]. In order of their
// distance, a candidate is kept unless a kept one is nearer to it, by more than alpha, than `row`
// is; first with alpha 1 and then, while there is room, with the alpha that is given, as the
// authors' own program does it. At once with a large alpha, the nearest alone fill a list:
// measured on SIFT, recall .99 then takes 98 accesses instead of 69.
//
// `row` itself and repeated candidates are left out; `candidates` gets sorted. alpha2 is the
// square, as the distances are (for inner product of M^2 - <a, b>, see VectorSpace::edge). Returns
// how many were kept.
uint32_t robust_prune(const PackedArray& packed, NodeId row, RowDistance* candidates,
                      uint32_t count, uint32_t degree, float alpha2, const PruneScratch& scratch,
                      NodeId* out);

}  // namespace vectidx
