// Giving back blocks that nothing refers to.
#pragma once

#include "pg/postgres.hpp"

#include "pg/life/rebuild.hpp"

namespace vectidx {

// Moves groups of nodes from the end of the index into unused blocks, and cuts off the end, where
// this is worth it and nobody is reading. Returns the blocks that were cut off.
// REQUIRES: the exclusive graph lock, within VACUUM.
BlockNumber reclaim_blocks(Relation index, const LifeOptions& options);

}  // namespace vectidx
