// One row into the graph in pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/insert.hpp"

#include "pg/storage/node_store.hpp"

namespace vectidx {

// Adds the vector x[dims] with its heap TID. A zero vector under cosine has no direction and is
// left out, as a NULL is. Working memory comes from `context`. REQUIRES: x holds as many floats as
// the index has dimensions, and is finite.
void add_row(Relation index, WriteMode mode, const InsertParams& params, const float* x,
             HeapTid tid, MemoryContext context);

}  // namespace vectidx
