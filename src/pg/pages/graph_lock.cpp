#include "pg/pages/graph_lock.hpp"

namespace vectidx {

bool try_share_graph(Relation rel) {
    if (!ConditionalLockPage(rel, kWantedLock, ShareLock)) return false;
    const bool shared = try_lock_graph(rel, ShareLock);
    UnlockPage(rel, kWantedLock, ShareLock);
    return shared;
}

bool try_lock_list(Relation rel) {
    if (!try_share_graph(rel)) return false;
    if (ConditionalLockPage(rel, kListLock, ExclusiveLock)) return true;
    unlock_graph(rel, ShareLock);
    return false;
}

void lock_list(Relation rel) {
    lock_graph(rel, ShareLock);
    LockPage(rel, kListLock, ExclusiveLock);
}

void unlock_list(Relation rel) {
    UnlockPage(rel, kListLock, ExclusiveLock);
    unlock_graph(rel, ShareLock);
}

}  // namespace vectidx
