// Whether a scan may still read blocks that were retired.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// What MetaHeader::retired_xid has to be when blocks are retired now: every scan that may read them
// has a snapshot with an xmin up to it.
uint64_t retirement_xid();

// Whether no snapshot of the index's table is as old any more. 0: true.
bool horizon_passed(Relation index, uint64_t retired_xid);

// Waits, a second at most, until every transaction of this database with such a snapshot has ended
// or has taken a younger one. Returns whether they have. It is called in VACUUM, and does not wait
// for the caller or for other VACUUMs.
bool await_readers(uint64_t retired_xid);

}  // namespace vectidx
