// A flat graph by alpha-pruning: Vamana (Subramanya, Devvrit, Kadekodi, Krishnaswamy and Simhadri:
// "DiskANN: Fast Accurate Billion-point Nearest Neighbor Search on a Single Node", NeurIPS 2019,
// algorithms 1 to 3).
//
// From random lists, every row is taken through two passes, in random order: a search from the
// medoid, the prune of what it expanded (the first pass with alpha 1), and links back, whose lists
// are pruned when they are full. Rows go through in batches: the searches of a batch see the graph
// as it was before, and the links back are made list by list. So no list is locked, and the graph
// does not depend on the number of threads.
#pragma once

#include "core/base/threads.hpp"
#include "core/construct/lists.hpp"
#include "core/construct/packed_vectors.hpp"

namespace vectidx {

struct VamanaParams {
    uint32_t degree;           // R: neighbors of a row at most, up to kMaxDegree
    uint32_t ef_construction;  // L: candidates that a search keeps
    float alpha;               // of the second pass, at least 1
    unsigned threads;
};

constexpr uint32_t kVamanaPasses = 2;

// Places that build_vamana() needs in a list: some more than R, so that not every link back makes
// it prune.
constexpr uint32_t vamana_stride(uint32_t degree) {
    return degree + degree / 4;
}

// Fills `graph`, whose arrays the caller has allocated with that stride; at the end no list has
// more than R neighbors. `medoid` is the row in the middle. `poll` counts each row
// kVamanaPasses times. Working memory comes from the arena, and is given back.
Parallel build_vamana(const PackedVectors& packed, NodeId medoid, const VamanaParams& params,
                      Arena& arena, Poll poll, RawGraph* graph);

// Bytes that build_vamana() takes at its peak, beside the packed vectors and the graph.
size_t vamana_bytes(size_t element_size, uint32_t rows, const VamanaParams& params);

}  // namespace vectidx
