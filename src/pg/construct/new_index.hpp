// A new index: its center, and its first pages (metapage and center).
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"

#include "pg/types/indexed_type.hpp"

namespace vectidx {

// The properties of a new index.
struct IndexDesign {
    Metric metric;
    uint8_t element_type;
    uint32_t column_dims;
    uint32_t dims;  // of the vectors in the graph
    uint32_t m;
    uint32_t ef_construction;
    Algorithm algorithm;
    float alpha;  // Vamana's; else 0
    bool codes;   // in a node, of its neighbors
    Storage storage;
    float embedding_error;  // see MetaHeader
    const float* center;    // [dims], or nullptr for zero
};

// Writes block 0, and the center behind it, into an empty fork, without WAL (log_fork follows).
// The index has no node yet.
void create_index_pages(Relation index, ForkNumber fork, const IndexDesign& design);

// The mean of the vectors (of their directions for cosine, power-transformed for L1) in some blocks
// spread over the table; [graph_dims()], nullptr when there is none. Any center is right, a good
// one saves bits.
const float* sample_center(Relation heap, Relation index, IndexInfo* info, const IndexedType& type,
                           uint32_t dims);

}  // namespace vectidx
