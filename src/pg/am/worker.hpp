// The background worker of an index: it does the maintenance that would take an INSERT too long. It
// needs no shared_preload_libraries. A backend that finds work starts it, and it ends when that is
// done.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Has a worker started, unless the index has one or may have none (a temporary index, or one that
// only this transaction sees). Returns false where none can be had.
bool start_worker(Relation index);

// The same from each INSERT that finds something due: looks at most once a second. `done`: what a
// worker changes when it gets on; while that stays the same, none counts as at work.
bool ask_worker(Relation index, uint64_t done);

}  // namespace vectidx
