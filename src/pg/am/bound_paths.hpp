// SELECT ... WHERE e <-> q < r ORDER BY e <-> q LIMIT 10: where fewer rows are so near, a scan that
// does not know r walks the whole graph for the rest. This hands such bounds to the scan, as a
// condition of the index that the planner makes of them: e @<-> ROW(q, r). The condition itself
// stays as the filter. A bound without ORDER BY makes a way of its own to read the table.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Installs the planner's hook. Called once, by _PG_init.
void hand_bounds_to_scans();

}  // namespace vectidx
