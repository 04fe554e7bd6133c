// Scans the rows of a table that belong in one of its indexes.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Calls `callback` for every row that `snapshot` sees and the index's predicate accepts, with the
// value that the index would have of it. Expressions run with the rights of the table's owner.
void scan_indexed_rows(Relation heap, Relation index, Snapshot snapshot,
                       IndexBuildCallback callback, void* state);

}  // namespace vectidx
