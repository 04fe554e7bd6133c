// The planner's side of filtered searches: a node above the scan of a vectidx index, which hands it
// the query's other conditions (src/README.md, "Filters").
#pragma once

namespace vectidx {

// Installs the planner's hook. Called once, by _PG_init, after that of bounds and orders, whose
// paths it builds upon.
void filter_ordered_scans();

}  // namespace vectidx
