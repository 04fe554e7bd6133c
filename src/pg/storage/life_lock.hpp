// Who may change the graph.
//
// Inserts into the graph and vacuum's pass hold the lock in share mode; a merge or a rebuild holds
// it exclusively, from the reading of the graph to the record that puts its result in force. An
// insert that cannot have it at once goes to the pending list instead and waits for nobody. Readers
// do not take it.
//
// LOCKS: a heavyweight lock, taken before the lock for extending and before any content lock. Its
// block number is only a name.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

constexpr BlockNumber kLifeLock = 1;

inline void lock_life(Relation rel, LOCKMODE mode) {
    LockPage(rel, kLifeLock, mode);
}
inline bool try_lock_life(Relation rel, LOCKMODE mode) {
    return ConditionalLockPage(rel, kLifeLock, mode);
}
inline void unlock_life(Relation rel, LOCKMODE mode) {
    UnlockPage(rel, kLifeLock, mode);
}

}  // namespace vectidx
