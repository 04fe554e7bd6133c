// Where a block was last seen in shared buffers.
//
// Looking a block up in PostgreSQL's buffer table costs a hash, a partition lock and some three
// cache misses; a search does it for every hop. A backend remembers the buffer instead, and
// PostgreSQL checks under the buffer's header that it still holds the block (ReadRecentBuffer). A
// hint that is wrong costs a look at one buffer header.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Pins the block where its buffer is known; else InvalidBuffer.
Buffer recent_buffer(Relation rel, BlockNumber block);

// As ReadBuffer(), and remembers the buffer.
Buffer read_buffer(Relation rel, BlockNumber block);

// Begins to load bytes [from, from + count) of a block, and its buffer's header, into the CPU's
// caches if the buffer is known. A block that was never seen is read into memory, if that is
// allowed. It neither pins nor checks: at worst it loads bytes that nobody needs.
void prefetch_bytes(Relation rel, BlockNumber block, uint32 from, uint32 count, bool may_read);

}  // namespace vectidx
