// One row into the graph in pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/insert.hpp"

#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

// Compiled once, in add_row.cpp.
extern template class Inserter<NodeStore>;

// VectorSpace::prepare() of the value of a row.
inline RotatedVector prepare_value(const VectorSpace& space, const IndexedValue& value,
                                   VectorBuffer out) {
    RotatedVector prepared = space.prepare(value.vector, out);
    if (value.source_checksum != 0) prepared.source_checksum = value.source_checksum;
    return prepared;
}

// A vector on its way into an index, encoded with values from `context`, and the index ready for
// its norm. Returns false for a zero vector under cosine, which has no direction and is left out,
// as a NULL is. REQUIRES: x holds as many floats as the index has dimensions, and is finite.
bool encode_row(Relation index, IndexState& state, const IndexedValue& x, MemoryContext context,
                StoredVector* stored);

// The vectors of one row, each once: a row's heap TID stands on a node once.
class RowVectors {
  public:
    RowVectors(const NodeLayout& layout, MemoryContext context)
        : layout_(layout), arena_(context_arena(context)), vectors_(arena_), table_(arena_, 0) {}

    // Returns false where an equal vector was added before. REQUIRES: the values of x stay.
    bool add(const StoredVector& x);

  private:
    NodeLayout layout_;
    Arena arena_;
    Array<StoredVector> vectors_;
    IdSet table_;
};

// Adds the vector to the graph with its heap TID. Working memory comes from `context`.
void add_stored(Relation index, IndexState& state, const StoredVector& x, HeapTid tid,
                MemoryContext context);

// Takes a row of the pending list into the graph: from one record on it is there and not here.
void add_listed(Relation index, IndexState& state, const StoredVector& x, HeapTid tid,
                const ListedRow& row, MemoryContext context);

}  // namespace vectidx
