// VACUUM: dead heap TIDs leave the graph; a node without any becomes a tombstone.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/memory.hpp"
#include "pg/storage/sweep.hpp"

namespace vectidx {

extern "C" {

IndexBulkDeleteResult* vectidx_bulk_delete(IndexVacuumInfo* info, IndexBulkDeleteResult* stats,
                                           IndexBulkDeleteCallback callback, void* state) {
    if (stats == nullptr)
        stats = static_cast<IndexBulkDeleteResult*>(palloc0(sizeof(IndexBulkDeleteResult)));
    const SweepResult result = remove_dead_tids(info->index, info->strategy, callback, state);
    stats->tuples_removed += static_cast<double>(result.removed);
    stats->num_index_tuples = static_cast<double>(result.remaining);
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
    stats->num_pages = RelationGetNumberOfBlocks(info->index);
    return stats;
}
}

}  // namespace vectidx
