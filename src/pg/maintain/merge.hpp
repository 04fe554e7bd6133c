// Taking the pending list into the graph (src/README.md, "Pending list").
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/rows.hpp"

#include "pg/maintain/graph_wait.hpp"
#include "pg/maintain/rebuild.hpp"

namespace vectidx {

// Takes rows that wait, the oldest first and at most so many, into the graph, one by one, and drops
// the pages that are done; with `last`, those up to that sequence number only. Whatever breaks it
// off, each row is either on the list or in the graph. Returns how many.
// REQUIRES: the list lock, or the exclusive graph lock.
uint32_t merge_step(Relation index, IndexState& state, uint32_t rows, const uint32_t* last);

// Takes all rows that wait now into the graph: in a batch, or into a new graph, where they are
// many, else in steps. Takes the locks that it needs. Returns how many.
uint64_t merge_list(Relation index, const MaintenanceOptions& options, OnWait on_wait);

// After a merge that an older version broke off, or that of a batch: rows that are on the list
// leave the graph again. After that of a batch, the graph has to be rebuilt next.
// REQUIRES: the exclusive graph lock.
void undo_broken_merge(Relation index);

// batch_merge.cpp: a merge of many rows, in a copy of the graph in memory, which then goes back to
// the pages.

// Whether the copy and the rows fit into the memory, and the graph has a node to start from.
bool batch_fits(const IndexState& state, const Rows& rows, const MaintenanceOptions& options);

// Inserts the rows. Their nodes are written first, then the links that lead to them, so that the
// graph is valid at every point. Fills meta_page[BLCKSZ] with the metapage as it is to be, for its
// entry points. REQUIRES: the exclusive graph lock; batch_fits().
void merge_batch(Relation index, const Rows& rows, const MaintenanceOptions& options,
                 char* meta_page);

}  // namespace vectidx
