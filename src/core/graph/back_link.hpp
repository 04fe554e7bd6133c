// Adding a neighbor to a list that may be full. The decision needs only the list's own page or,
// without codes, the neighbors themselves.
#pragma once

#include "core/layout/node.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

constexpr uint32_t kNoPosition = UINT32_MAX;

// A node that asks for a place in a list.
struct Applicant {
    float distance2;       // |applicant - node|^2
    float norm2;           // see NodeHeader
    const uint64_t* code;  // relative to the node; with codes
    VectorView vector;     // traversal form [padded]; without
    float alpha2 = 1.0f;   // of the heuristic, squared
};

// A neighbor as its own node knows it.
struct ListEnd {
    VectorView vector;  // traversal form [padded]
    float norm2;        // see NodeHeader
};

// Where the applicant goes in the list of `node`, whose traversal vector is `vector`[padded]:
//   - behind the last neighbor, when the list has room;
//   - else over the longest backfilled neighbor;
//   - else HNSW's heuristic, relaxed by alpha, runs over the list and the applicant, with the
//     distance between two neighbors estimated from their codes (their angle at the node is
//     pi * hamming / bits), and the longest edge that it prunes is evicted, or the longest of all
//     when it prunes none.
// Without codes, `ends` are the neighbors of a full list, in its order; else it is nullptr. Returns
// kNoPosition when the applicant itself is the one to go. A spanning-tree edge is never evicted;
// with `must`, the applicant displaces the longest edge that is not a spanning-tree edge, and
// kNoPosition means that all are.
uint32_t choose_position(const NodeView& node, const KeySpace& keys, VectorView vector,
                         const ListEnd* ends, const Applicant& applicant, bool must);

}  // namespace vectidx
