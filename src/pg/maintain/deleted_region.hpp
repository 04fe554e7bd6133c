// Whether a region of the graph was deleted: tombstones whose neighbors are tombstones, too.
//
// A search near such a region has nothing but tombstones before it, and goes through them all
// before it finds rows. Tombstones among live nodes cost it little, however many they are.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"

namespace vectidx {

// Whether at least a twentieth of the nodes lie among tombstones, by a sample of some thousand
// pages at most; none where the counts in the metapage's header rule it out. LOCKS: share locks on
// links pages, one at a time.
bool has_deleted_region(Relation index, const MetaHeader& header);

}  // namespace vectidx
