// A merge of many rows: in a copy of the graph in memory, which then goes back to the pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/rows.hpp"

#include "pg/maintain/rebuild.hpp"

namespace vectidx {

// Whether the copy and the rows fit into the memory, and the graph has a node to start from.
bool batch_fits(const IndexState& state, const Rows& rows, const MaintenanceOptions& options);

// Inserts the rows. Their nodes are written first, then the links that lead to them, so that the
// graph is valid at every point. Fills meta_page[BLCKSZ] with the metapage as it is to be, for its
// entry points. REQUIRES: the exclusive graph lock; batch_fits().
void merge_batch(Relation index, const Rows& rows, const MaintenanceOptions& options,
                 char* meta_page);

}  // namespace vectidx
