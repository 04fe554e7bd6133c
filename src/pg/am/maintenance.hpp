// The maintenance of an index beside the removal of dead rows. Each part is an optimization that
// can be left out. It is done by VACUUM (pg/am/vacuum.cpp) or by a background worker
// (pg/am/worker.cpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"

#include "pg/maintain/graph_wait.hpp"

namespace vectidx {

// Whether any of the following has something to do.
bool upkeep_is_due(Relation index);

// Each takes the locks that it needs.
using Upkeep = void (*)(Relation index, const MaintenanceOptions& options);

// Rebuilds the graph without its tombstones, or after an interrupted merge.
void rebuild_if_due(Relation index, const MaintenanceOptions& options);
// The same, unless an earlier attempt failed: only VACUUM cleans up after that.
void rebuild_in_worker(Relation index, const MaintenanceOptions& options);
// Takes the pending list into the graph.
void merge_waiting(Relation index, const MaintenanceOptions& options);
// The same, again for as long as rows come that make the list full meanwhile.
void merge_until_short(Relation index, const MaintenanceOptions& options);

// Whether so many rows wait that they are to be merged.
bool list_is_full(Relation index, const MetaHeader& header, const NodeLayout& layout);
// Finds new stop rules if the graph has changed.
void calibrate_if_stale(Relation index, const MaintenanceOptions& options);

}  // namespace vectidx
