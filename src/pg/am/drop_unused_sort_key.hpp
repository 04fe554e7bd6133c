// SELECT id FROM t ORDER BY v <-> q LIMIT 10 makes PostgreSQL compute the distance of every row
// once more: the sort key is in the scan's output, although the index gives the order and nobody
// reads it. With a long vector that is a detoast per row, which costs as much as finding
// the row. This takes the distance out of such plans.
#pragma once

namespace vectidx {

// Installs the planner hook. Called once, by _PG_init.
void drop_unused_sort_keys();

}  // namespace vectidx
