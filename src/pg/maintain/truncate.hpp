// Cutting unused blocks off the end of the file, without a lock that a reader would wait for; and
// cleaning up after a graph that was never finished.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Whether the table's settings let VACUUM cut files. What VACUUM (TRUNCATE) itself was told, an
// access method does not hear.
bool may_truncate(Relation index);

// Cuts off the unused blocks at the end, but none before `first`. Returns their number; 0 also when
// somebody waits for the lock for extending.
// REQUIRES: the exclusive graph lock; no scan knows those blocks.
BlockNumber cut_unused(Relation index, BlockNumber first);

// The same as VACUUM's last step, where the table allows it and it is worth it, by the rules of the
// table's own file: from 1,000 blocks on, or a sixteenth.
// REQUIRES: the exclusive graph lock, within VACUUM.
BlockNumber truncate_index(Relation index);

// A graph in the making that is broken off leaves blocks that nothing refers to, of which no record
// knows what they hold. A crash may have torn them.

// After an attempt that was broken off, whenever that was: overwrites all unused blocks, logged.
// REQUIRES: the exclusive graph lock.
void clean_up_attempt(Relation index);

// The same at once, by whoever caught the error: what is unused at the end of the file is cut off,
// where the table's settings allow it. REQUIRES: the exclusive graph lock.
void give_back_attempt(Relation index);

}  // namespace vectidx
