// One pass over all nodes of an index.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

struct BulkDeleteResult {
    uint64_t removed;     // heap TIDs
    uint64_t remaining;   // heap TIDs
    uint64_t live;        // nodes
    uint64_t tombstones;  // nodes
};

// Asks `callback` about every heap TID and removes those that it calls dead. A node that has none
// left becomes a tombstone: it is walked through and never returned. Notes the counts in the
// metapage.
//
// LOCKS: share lock on a links page to look, exclusive lock to change it, checked again; with it
// held, the Tids pages of a chain one at a time.
BulkDeleteResult remove_dead_tids(Relation index, BufferAccessStrategy strategy,
                                  IndexBulkDeleteCallback callback, void* callback_state);

}  // namespace vectidx
