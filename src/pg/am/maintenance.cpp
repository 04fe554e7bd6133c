#include "pg/am/maintenance.hpp"

#include <algorithm>

#include "pg/am/options.hpp"
#include "pg/maintain/compact.hpp"
#include "pg/maintain/deleted_region.hpp"
#include "pg/maintain/merge.hpp"
#include "pg/maintain/rebuild.hpp"
#include "pg/maintain/recalibrate.hpp"
#include "pg/pages/graph_lock.hpp"
#include "pg/pages/pending_list.hpp"

namespace vectidx {

namespace {

// With so many extents a rebuild is due, which makes them few: inserts need a free one.
constexpr uint32_t kManyExtents = kMaxExtents / 8 * 7;
// Tombstones, in percent, from which on a rebuild does not wait for blocks of an earlier graph.
constexpr uint64_t kUrgentPct = 60;

// Rows that are left over from a rebuild, beyond which they are merged.
constexpr uint32_t kFewPending = 256;

bool is_urgent(const MetaHeader& h) {
    return h.merging == Merging::Batch || h.extent_count >= kManyExtents ||
           (h.tombstones > 0 && h.tombstones * 100 >= kUrgentPct * (h.live_nodes + h.tombstones));
}

bool is_due_by_counts(Relation index, const MetaHeader& h) {
    if (h.merging == Merging::Batch || h.extent_count >= kManyExtents) return true;
    const auto pct = static_cast<uint64_t>(tombstone_rebuild_pct(index));
    return pct < 100 && h.tombstones > 0 &&
           h.tombstones * 100 >= pct * (h.live_nodes + h.tombstones);
}

bool rebuild_is_due(Relation index, const MetaHeader& h) {
    return is_due_by_counts(index, h) ||
           (tombstone_rebuild_pct(index) < 100 && has_deleted_region(index, h));
}

// A new graph retires the blocks of the one before. As long as scans still read those of an earlier
// one, that would let the file grow by a graph each time.
bool may_rebuild(Relation index, int message_level) {
    if (is_urgent(CurrentMeta(index).header()) || settle_retired(index)) return true;
    ereport(message_level,
            (errmsg("the graph of index \"%s\" is not rebuilt yet", RelationGetRelationName(index)),
             errdetail("Transactions are open that may read the pages of an earlier graph.")));
    return false;
}

void say_rebuilt(Relation index, const RebuildResult& result, uint64_t tombstones, int level) {
    ereport(level, (errmsg("rebuilt the graph of index \"%s\" without its " UINT64_FORMAT
                           " tombstones: " UINT64_FORMAT " nodes",
                           RelationGetRelationName(index), tombstones, result.nodes),
                    result.parts == 0
                        ? 0
                        : errdetail("It was built in %u parts on temporary files; %zu MB of memory "
                                    "would have held it.",
                                    result.parts, (result.memory >> 20) + 1)));
}

}  // namespace

bool upkeep_is_due(Relation index) {
    const CurrentMeta meta(index);
    return meta.header().pending_head != kNoBlock || rebuild_is_due(index, meta.header()) ||
           calibration_is_stale(meta.header(), meta.layout());
}

void rebuild_if_due(Relation index, const MaintenanceOptions& options) {
    const MetaHeader seen = CurrentMeta(index).header();
    if (!rebuild_is_due(index, seen)) return;
    take_graph(index, options, kSayNothing);
    const MetaHeader now = CurrentMeta(index).header();
    // A region that was found is still there in the same graph: to look for it again would hold up
    // inserts.
    const bool region = !is_due_by_counts(index, seen) && now.generation == seen.generation;
    if ((region || is_due_by_counts(index, now)) && may_rebuild(index, options.message_level)) {
        undo_broken_merge(index);
        const uint64_t tombstones = CurrentMeta(index).header().tombstones;
        ereport(options.message_level,
                (errmsg("rebuilding the graph of index \"%s\"", RelationGetRelationName(index))));
        const RebuildResult result = rebuild_graph(index, options);
        say_rebuilt(index, result, tombstones, LOG);
        if (options.message_level > LOG)
            say_rebuilt(index, result, tombstones, options.message_level);
    }
    unlock_graph(index, ExclusiveLock);
}

void rebuild_in_worker(Relation index, const MaintenanceOptions& options) {
    const MetaHeader h = CurrentMeta(index).header();
    if (h.attempt == 0 || is_urgent(h)) rebuild_if_due(index, options);
}

bool list_is_full(Relation index, const MetaHeader& header, const NodeLayout& layout) {
    return pending_entries(header, layout.words) > std::max(pending_limit(index), kFewPending);
}

void merge_until_short(Relation index, const MaintenanceOptions& options) {
    uint32_t first = 0;
    for (bool more = true; more;) {
        merge_waiting(index, options);
        const CurrentMeta meta(index);
        more = list_is_full(index, meta.header(), meta.layout()) &&
               meta.header().pending_first != first;
        first = meta.header().pending_first;
    }
}

void merge_waiting(Relation index, const MaintenanceOptions& options) {
    const uint64_t merged = merge_list(index, options, kSayNothing);
    if (merged > 0)
        ereport(options.message_level,
                (errmsg("merged " UINT64_FORMAT " pending rows into index \"%s\"", merged,
                        RelationGetRelationName(index))));
}

void calibrate_if_stale(Relation index, const MaintenanceOptions& options) {
    const auto stale = [index] {
        const CurrentMeta meta(index);
        return meta.header().merging != Merging::Batch &&
               calibration_is_stale(meta.header(), meta.layout());
    };
    if (!stale()) return;
    take_graph(index, options, kSayNothing);
    if (stale()) {
        recalibrate({index, kMetaBlock}, WriteMode::Logged,
                    maintenance_threads(options, UINT32_MAX));
        ereport(options.message_level,
                (errmsg("recalibrated index \"%s\"", RelationGetRelationName(index))));
    }
    unlock_graph(index, ExclusiveLock);
}

}  // namespace vectidx
