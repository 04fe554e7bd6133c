// The callbacks of the index access method (IndexAmRoutine), one source file per verb.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// merge_function.cpp: checks of functions that are given an index.
bool owns_index(Oid index);
// ERROR feature_not_supported for a temporary index of another session,
// object_not_in_prerequisite_state for one that is not valid.
void check_usable(Relation index);

extern "C" {

// build.cpp
IndexBuildResult* vectidx_build(Relation heap, Relation index, IndexInfo* info);
void vectidx_build_empty(Relation index);
char* vectidx_build_phase(int64 phase);

// insert.cpp
bool vectidx_insert(Relation index, Datum* values, bool* isnull, ItemPointer tid, Relation heap,
                    IndexUniqueCheck check, bool unchanged, IndexInfo* info);

// vacuum.cpp
IndexBulkDeleteResult* vectidx_bulk_delete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                           IndexBulkDeleteCallback callback, void* state);
IndexBulkDeleteResult* vectidx_vacuum_cleanup(IndexVacuumInfo* info, IndexBulkDeleteResult* stats);

// cost.cpp
void vectidx_cost_estimate(PlannerInfo* root, IndexPath* path, double loop_count,
                           Cost* startup_cost, Cost* total_cost, Selectivity* selectivity,
                           double* correlation, double* pages);

// validate.cpp
bool vectidx_validate(Oid opclass);

// scan.cpp
IndexScanDesc vectidx_begin_scan(Relation index, int keys, int orderbys);
void vectidx_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys);
bool vectidx_get_tuple(IndexScanDesc scan, ScanDirection direction);
void vectidx_end_scan(IndexScanDesc scan);
}

}  // namespace vectidx
