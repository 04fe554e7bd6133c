// Where a block was last seen in shared buffers.
//
// Looking a block up in PostgreSQL's buffer table costs a hash, a partition lock and some three
// cache misses; a search does it for every hop. A backend remembers the buffer instead, and
// PostgreSQL checks under the buffer's header that it still holds the block (ReadRecentBuffer). A
// hint that is wrong costs a look at one buffer header.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// As ReadBuffer().
Buffer read_buffer(Relation rel, BlockNumber block);

}  // namespace vectidx
