// VACUUM: dead heap TIDs leave the graph and the pending list; a node without any becomes a
// tombstone. Then, where it is due, the graph is rebuilt, the pending list merged, and space given
// back.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/am/verbose.hpp"
#include "pg/build/memory_build.hpp"
#include "pg/life/attempt.hpp"
#include "pg/life/compact.hpp"
#include "pg/life/merge.hpp"
#include "pg/life/rebuild.hpp"
#include "pg/life/recalibrate.hpp"
#include "pg/life/truncate.hpp"
#include "pg/memory.hpp"
#include "pg/storage/life_lock.hpp"
#include "pg/storage/pending_list.hpp"
#include "pg/storage/sweep.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Extents from which on a rebuild is due, which makes them few: inserts cannot go on without any.
constexpr uint32_t kManyExtents = kMaxExtents / 8 * 7;
// Tombstones, in percent, from which on a rebuild does not wait for blocks of an earlier graph.
constexpr uint64_t kUrgentPct = 60;

// A new graph retires the blocks of the one before. As long as scans still read those of an earlier
// one, that would let the file grow by a graph each time.
bool rebuild_is_due(Relation index, int message_level) {
    const MetaHeader h = index_state(index).meta().header;
    if (h.merging == Merging::Batch || h.extent_count >= kManyExtents) return true;
    const auto pct = static_cast<uint64_t>(tombstone_rebuild_pct(index));
    const uint64_t nodes = h.live_nodes + h.tombstones;
    if (pct >= 100 || h.tombstones == 0 || h.tombstones * 100 < pct * nodes) return false;
    if (h.tombstones * 100 >= kUrgentPct * nodes || settle_retired(index)) return true;
    ereport(message_level,
            (errmsg("the graph of index \"%s\" is not rebuilt yet", RelationGetRelationName(index)),
             errdetail("Transactions are open that may read the pages of an earlier graph.")));
    return false;
}

void say_rebuilt(Relation index, const RebuildResult& result, uint64_t tombstones, int level) {
    ereport(level, (errmsg("rebuilt the graph of index \"%s\" without its " UINT64_FORMAT
                           " tombstones: " UINT64_FORMAT " nodes",
                           RelationGetRelationName(index), tombstones, result.nodes),
                    result.in_pages == 0
                        ? 0
                        : errdetail(UINT64_FORMAT " rows did not fit into the memory and were "
                                                  "inserted page by page.",
                                    result.in_pages)));
}

// What is due, in the order in which each saves the next some work.
// REQUIRES: the exclusive life lock.
void tend(Relation index, int message_level) {
    const LifeOptions options = life_options(index, message_level, true);
    clean_up_attempt(index);
    undo_broken_merge(index);
    if (rebuild_is_due(index, message_level)) {
        const uint64_t tombstones = index_state(index).meta().header.tombstones;
        ereport(message_level,
                (errmsg("rebuilding the graph of index \"%s\"", RelationGetRelationName(index))));
        const RebuildResult result = rebuild_graph(index, options);
        say_rebuilt(index, result, tombstones, LOG);
        if (message_level > LOG) say_rebuilt(index, result, tombstones, message_level);
    }
    const uint64_t merged = merge_pending(index, options);
    if (merged > 0)
        ereport(message_level, (errmsg("merged " UINT64_FORMAT " pending rows into index \"%s\"",
                                       merged, RelationGetRelationName(index))));
    if (calibration_is_stale(index_state(index))) {
        const unsigned threads = build_threads(options.parallel_threshold, UINT32_MAX);
        recalibrate({index, kMetaBlock}, WriteMode::Logged, threads);
        ereport(message_level, (errmsg("calibrated the searches of index \"%s\" anew",
                                       RelationGetRelationName(index))));
    }
    compact_index(index);
    const BlockNumber cut = truncate_index(index);
    if (cut > 0)
        ereport(message_level, (errmsg("cut %u unused pages off index \"%s\"", cut,
                                       RelationGetRelationName(index))));
}

}  // namespace

extern "C" {

IndexBulkDeleteResult* vectidx_bulk_delete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                           IndexBulkDeleteCallback callback, void* state) {
    if (stats == nullptr)
        stats = static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult)));
    // A merge moves rows from the list into the graph: neither before nor behind the pass, but not
    // meanwhile.
    lock_life(info->index, ShareLock);
    const PendingCounts pending = remove_dead_pending(info->index, callback, state);
    TEST_POINT("vacuum-pending-done");
    const SweepResult graph = remove_dead_tids(info->index, info->strategy, callback, state);
    unlock_life(info->index, ShareLock);
    TEST_POINT("vacuum-swept");
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
    const BlockNumber before = RelationGetNumberOfBlocks(info->index);
    lock_life(info->index, ExclusiveLock);
    tend(info->index, vacuum_message_level(info->message_level));
    unlock_life(info->index, ExclusiveLock);
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    if (before > stats->num_pages) stats->pages_deleted += before - stats->num_pages;
    return stats;
}
}

}  // namespace vectidx
