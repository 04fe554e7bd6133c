// The index that an inspecting function is given, and on whose behalf such a function runs.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Both with AccessShareLock.
struct IndexArgument {
    Relation heap;
    Relation index;
};

// Opens the index and its table. ERROR wrong_object_type when it is no index of this access method,
// insufficient_privilege when the user neither owns it nor has the privileges of
// pg_stat_scan_tables, object_not_in_prerequisite_state when it is not valid,
// feature_not_supported when its pages are another session's or, on a standby, unlogged.
IndexArgument open_index_argument(Oid oid);
void close_index_argument(const IndexArgument& argument);

// The user as whom the function was called.
struct Caller {
    Oid user;
    int security_context;
    int guc_level;
};

// Index expressions and predicates are code of the table's owner, and run with that user's rights
// only. An error undoes it, too.
Caller become_owner(Relation heap);
void become_caller(const Caller& caller);

// Calls `callback` for every row that `snapshot` sees and the index's predicate accepts, with the
// value that the index would have of it. Expressions run with the rights of the table's owner.
void scan_indexed_rows(Relation heap, Relation index, Snapshot snapshot,
                       IndexBuildCallback callback, void* state);

}  // namespace vectidx
