// The center of a new index: the mean of a sample of the rows.
#pragma once

#include "pg/postgres.hpp"

#include "pg/types/indexed_type.hpp"

namespace vectidx {

// The mean of the vectors (of their directions for cosine, power-transformed for L1) in some blocks
// spread over the table; [graph_dims()], nullptr when there is none. Any center is right, a good
// one saves bits.
const float* sample_center(Relation heap, Relation index, IndexInfo* info, const IndexedType& type,
                           uint32_t dims);

}  // namespace vectidx
