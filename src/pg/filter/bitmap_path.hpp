// The bitmap of a table's other indexes for a query's conditions: PostgreSQL's own choice of them.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The cheapest bitmap scan of the table for its conditions, with whatever ANDs and ORs; nullptr
// where no index serves any of them. It is no path of the table: it is not among those that the
// planner chooses from.
BitmapHeapPath* bitmap_path(PlannerInfo* root, RelOptInfo* table);

}  // namespace vectidx
