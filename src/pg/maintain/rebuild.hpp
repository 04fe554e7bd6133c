// Rebuilding the graph from the vectors in the index, beside the one in force (src/README.md,
// "Rebuild").
#pragma once

#include "pg/postgres.hpp"

#include "pg/maintain/maintenance_options.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

// Threads for so many rows.
unsigned maintenance_threads(const MaintenanceOptions& options, uint32_t rows);

struct RebuildResult {
    uint64_t nodes;
    uint64_t pending;  // rows that came from the pending list
    uint32_t parts;    // in which the graph was built where it did not fit into the memory; else 0
    size_t memory;     // that the graph would have taken at once, then
};

// Makes a new generation of the graph of all rows of the graph and of the pending list, and puts it
// in force. Broken off at any point, it leaves the old generation in force, and the metapage says
// that there was an attempt (truncate.hpp). REQUIRES: the exclusive graph lock.
RebuildResult rebuild_graph(Relation index, const MaintenanceOptions& options);

}  // namespace vectidx
