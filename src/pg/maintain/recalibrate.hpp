// Calibrating a graph from its pages: when it has changed since it was built, or was not built in
// memory (src/README.md, "Search").
#pragma once

#include "pg/postgres.hpp"

#include "pg/construct/graph_target.hpp"

namespace vectidx {

// Finds the stop rules of the graph anew and stores them. Reads the graph twice, and needs memory
// for some hundred vectors only. REQUIRES: the exclusive graph lock, or that nobody else sees the
// graph.
void recalibrate(const GraphTarget& target, WriteMode mode, unsigned threads);

// Whether the graph has a tenth more or fewer live nodes than when it was calibrated.
bool calibration_is_stale(const MetaHeader& header, const NodeLayout& layout);
// Whether it has grown so much that this is not to wait for VACUUM.
bool calibration_is_overdue(const MetaHeader& header, const NodeLayout& layout);

}  // namespace vectidx
