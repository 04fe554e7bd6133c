// The adapter to hnswlib (Malkov and Yashunin: "Efficient and robust approximate nearest neighbor
// search using Hierarchical Navigable Small World graphs", TPAMI 2018). Behind it are exceptions,
// operator new and std::mutex; nothing of them comes out.
#pragma once

#include "core/base/threads.hpp"
#include "core/construct/lists.hpp"
#include "core/construct/packed_vectors.hpp"

namespace vectidx {

// Inserts `rows` packed vectors with parameters m and ef_construction in `threads` threads and
// copies the graph into `graph`, whose arrays the caller has allocated with a stride of 2m.
// Reproducible when threads is 1. Returns OutOfMemory, Canceled, or Failed with a text of hnswlib's
// in failure[failure_size].
Status build_hnsw(const PackedVectors& packed, uint32_t rows, uint32_t m, uint32_t ef_construction,
                  unsigned threads, Poll poll, RawGraph* graph, char* failure,
                  size_t failure_size) noexcept;

// Bytes that build_hnsw() takes at its peak, beside the packed vectors and the graph.
size_t hnsw_bytes(size_t element_size, uint32_t rows, uint32_t m);

}  // namespace vectidx
