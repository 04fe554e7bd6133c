// Who may change the graph, and take rows off the pending list.
//
// The graph lock: shared by inserts into the graph, by steps of a merge and by vacuum's pass;
// exclusive for a merge of a batch or a rebuild, from the reading of the graph to the record that
// swaps its result in, and for the moving of groups. The list lock, held exclusively, goes with a
// share of it: only its holder takes rows off the list. Who has the graph exclusively does not need
// it. Readers take neither.
//
// Nobody but VACUUM waits for them in the lock manager: PostgreSQL cancels an autovacuum worker
// whose lock somebody has waited for as long as deadlock_timeout. Others look again and again
// (pg/maintain/graph_wait.hpp), or do without.
//
// LOCKS: heavyweight locks, taken before the lock for extending and before any content lock, in the
// order graph, list. Their block numbers are only names.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

constexpr BlockNumber kGraphLock = 1;
constexpr BlockNumber kWantedLock = 2;  // held by who looks for the graph lock
constexpr BlockNumber kListLock = 3;
constexpr BlockNumber kWorkerLock = 4;  // held by the index's background worker

// May wait: for VACUUM only.
inline void lock_graph(Relation rel, LOCKMODE mode) {
    LockPage(rel, kGraphLock, mode);
}
inline bool try_lock_graph(Relation rel, LOCKMODE mode) {
    return ConditionalLockPage(rel, kGraphLock, mode);
}
inline void unlock_graph(Relation rel, LOCKMODE mode) {
    UnlockPage(rel, kGraphLock, mode);
}

// A share of the graph lock for an insert, unless somebody waits for the exclusive lock.
inline bool try_share_graph(Relation rel) {
    if (!ConditionalLockPage(rel, kWantedLock, ShareLock)) return false;
    const bool shared = try_lock_graph(rel, ShareLock);
    UnlockPage(rel, kWantedLock, ShareLock);
    return shared;
}

// Keeps inserts away from the graph while somebody looks for all of it.
inline bool try_want_graph(Relation rel) {
    return ConditionalLockPage(rel, kWantedLock, ExclusiveLock);
}
inline void unwant_graph(Relation rel) {
    UnlockPage(rel, kWantedLock, ExclusiveLock);
}

// A share of the graph lock with the list lock, for steps of a merge.
inline bool try_lock_list(Relation rel) {
    if (!try_share_graph(rel)) return false;
    if (ConditionalLockPage(rel, kListLock, ExclusiveLock)) return true;
    unlock_graph(rel, ShareLock);
    return false;
}
// The same for VACUUM, which may wait.
inline void lock_list(Relation rel) {
    lock_graph(rel, ShareLock);
    LockPage(rel, kListLock, ExclusiveLock);
}
inline void unlock_list(Relation rel) {
    UnlockPage(rel, kListLock, ExclusiveLock);
    unlock_graph(rel, ShareLock);
}

}  // namespace vectidx
