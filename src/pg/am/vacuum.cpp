// VACUUM: dead heap TIDs leave the graph and the pending list; a node without any becomes a
// tombstone. Then, if they are due, the graph is rebuilt, the pending list merged, and space given
// back.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/am/maintenance.hpp"
#include "pg/am/options.hpp"
#include "pg/am/worker.hpp"
#include "pg/maintain/compact.hpp"
#include "pg/maintain/truncate.hpp"
#include "pg/pages/bulk_delete.hpp"
#include "pg/pages/graph_lock.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

struct Attempt {
    Upkeep work;
    const char* what;  // it does to an index
};

void clean_up(Relation index, const MaintenanceOptions&) {
    if (CurrentMeta(index).header().attempt == 0) return;
    lock_graph(index, ExclusiveLock);
    clean_up_attempt(index);
    unlock_graph(index, ExclusiveLock);
}

void give_back(Relation index, const MaintenanceOptions&) {
    lock_graph(index, ExclusiveLock);
    give_back_attempt(index);
    unlock_graph(index, ExclusiveLock);
}

void reclaim(Relation index, const MaintenanceOptions& options) {
    lock_graph(index, ExclusiveLock);
    compact_index(index);
    const BlockNumber cut = truncate_index(index);
    const BlockNumber left = RelationGetNumberOfBlocks(index);
    unlock_graph(index, ExclusiveLock);
    if (cut > 0)
        ereport(options.message_level, (errmsg("index \"%s\": truncated %u to %u pages",
                                               RelationGetRelationName(index), left + cut, left)));
}

constexpr Attempt kCleanUp = {clean_up, "clean up after an interrupted rebuild of"};
constexpr Attempt kGiveBack = {give_back, "free the blocks of a failed rebuild of"};
constexpr Attempt kRebuild = {rebuild_if_due, "rebuild the graph of"};
constexpr Attempt kMerge = {merge_waiting, "merge the pending rows of"};
constexpr Attempt kCalibrate = {calibrate_if_stale, "calibrate"};
constexpr Attempt kReclaim = {reclaim, "give back unused pages of"};

// Errors that the user, a timeout or a shutdown caused end VACUUM.
bool is_to_end(const ErrorData* error) {
    return error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
           ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
           ProcDiePending;
}

const char* remedy(int code) {
    if (code == ERRCODE_DISK_FULL)
        return "Free disk space for a second copy of the graph. The next VACUUM tries again.";
    if (code == ERRCODE_OUT_OF_MEMORY)
        return "Lower maintenance_work_mem or autovacuum_work_mem. The next VACUUM tries again.";
    if (code == ERRCODE_INDEX_CORRUPTED || code == ERRCODE_DATA_CORRUPTED)
        return "Please REINDEX it.";
    return "The next VACUUM tries again.";
}

void warn(Relation index, const char* what, const ErrorData* error) {
    ereport(WARNING, (errcode(error->sqlerrcode),
                      errmsg("could not %s index \"%s\"", what, RelationGetRelationName(index)),
                      error->detail == nullptr ? errdetail("%s", error->message)
                                               : errdetail("%s: %s", error->message, error->detail),
                      errhint("%s", remedy(error->sqlerrcode))));
}

// Runs the attempt in a subtransaction. It can fail for lack of disk space or memory, and VACUUM
// still removes the dead rows. Returns whether it succeeded.
bool try_to(const Attempt& attempt, Relation index, const MaintenanceOptions& options) {
    const MemoryContext context = CurrentMemoryContext;
    const ResourceOwner owner = CurrentResourceOwner;
    volatile bool done = false;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        attempt.work(index, options);
        ReleaseCurrentSubTransaction();
        done = true;
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        ErrorData* error = CopyErrorData();
        if (is_to_end(error)) PG_RE_THROW();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
        warn(index, attempt.what, error);
        FreeErrorData(error);
    }
    PG_END_TRY();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return done;
}

// Does the maintenance that is due, in the order in which each part saves the next some work.
void run_maintenance(Relation index, int message_level) {
    const MaintenanceOptions options =
        maintenance_options(index, message_level, MaintenanceRole::Vacuum);
    // No subtransaction can be started in parallel mode, which VACUUM is in for the table's other
    // indexes. What needs no space is done all the same, the rest by a worker.
    if (IsInParallelMode()) {
        clean_up(index, options);
        if (upkeep_is_due(index) && !start_worker(index))
            ereport(message_level, (errmsg("no background worker was free for index \"%s\"",
                                           RelationGetRelationName(index)),
                                    errdetail("The next VACUUM tries again.")));
        return reclaim(index, options);
    }
    try_to(kCleanUp, index, options);
    const bool rebuilt = try_to(kRebuild, index, options);
    const bool broken = CurrentMeta(index).header().merging == Merging::Batch;
    const bool merged = !(broken && !rebuilt) && try_to(kMerge, index, options);
    if (rebuilt && merged)
        try_to(kCalibrate, index, options);
    else
        try_to(kGiveBack, index, options);
    try_to(kReclaim, index, options);
}

// The level at which VACUUM reports: INFO under VERBOSE, else `fallback`. Since PostgreSQL 15
// IndexVacuumInfo no longer tells.
int vacuum_message_level(int fallback) {
    if (ActivePortal == nullptr || list_length(ActivePortal->stmts) != 1) return fallback;
    const auto* statement = linitial_node(PlannedStmt, ActivePortal->stmts);
    if (statement->utilityStmt == nullptr || !IsA(statement->utilityStmt, VacuumStmt))
        return fallback;
    ListCell* cell;
    foreach (cell, reinterpret_cast<VacuumStmt*>(statement->utilityStmt)->options) {
        auto* option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "verbose") == 0 && defGetBoolean(option)) return INFO;
    }
    return fallback;
}

}  // namespace

extern "C" {

IndexBulkDeleteResult* vectidx_bulk_delete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                           IndexBulkDeleteCallback callback, void* state) {
    if (stats == nullptr)
        stats = static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult)));
    // A merge moves rows from the list into the graph. It may do so before or after the pass, but
    // not during it.
    lock_list(info->index);
    const PendingCounts pending = remove_dead_pending(info->index, callback, state);
    TEST_POINT("vacuum-pending-done");
    const BulkDeleteResult graph = remove_dead_tids(info->index, info->strategy, callback, state);
    unlock_list(info->index);
    TEST_POINT("vacuum-bulk-deleted");
    stats->tuples_removed += static_cast<double>(graph.removed + pending.removed);
    stats->num_index_tuples = static_cast<double>(graph.remaining + pending.remaining);
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    return stats;
}

IndexBulkDeleteResult* vectidx_vacuum_cleanup(IndexVacuumInfo* info, IndexBulkDeleteResult* stats) {
    if (info->analyze_only) return stats;
    if (stats == nullptr) {
        // Nothing was dead. What the table has is the best estimate of what the index has.
        stats = static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult)));
        stats->num_index_tuples = info->num_heap_tuples;
        stats->estimated_count = true;
    }
    // With several vectors to a row, heap TIDs are not rows. As gin does, take the table's number.
    if (indexed_type(info->index).arrays) {
        stats->num_index_tuples = std::max(0.0, info->num_heap_tuples);
        stats->estimated_count = info->estimated_count;
    }
    const BlockNumber before = RelationGetNumberOfBlocks(info->index);
    run_maintenance(info->index, vacuum_message_level(info->message_level));
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    if (before > stats->num_pages) stats->pages_deleted += before - stats->num_pages;
    return stats;
}
}

}  // namespace vectidx
