// Taking the pending list into the graph (src/README.md, "Pending list").
#pragma once

#include "pg/postgres.hpp"

#include "pg/life/rebuild.hpp"

namespace vectidx {

// Takes all rows that are pending now into the graph, or makes a new graph where they are many.
// Broken off, it leaves them on the list. Returns their number.
// REQUIRES: the exclusive life lock.
uint64_t merge_pending(Relation index, const LifeOptions& options);

// After a merge that was broken off: rows that are on the list leave the graph again. After that of
// a batch, the graph has to be rebuilt next. REQUIRES: the exclusive life lock.
void undo_broken_merge(Relation index);

}  // namespace vectidx
