// One list of neighbors from two that were built for the same node, each among other nodes.
#pragma once

#include "core/layout/node.hpp"

namespace vectidx {

// Gives `out` neighbors of both, up to the degree of the layout: spanning-tree edges; then, of the
// neighbors that are not backfilled, those that HNSW's heuristic keeps; then the others as lists
// are completed (core/graph/select.hpp). Lengths and angles of the edges follow from their codes.
// Without codes, neighbors that are not backfilled are taken from both in turns, as each list has
// its nearest first, and then the others likewise. REQUIRES: `out` is a copy of `first` in memory
// of its own, and the two have no more spanning-tree edges together than the degree.
void unite_lists(const NodeView& first, const NodeView& second, NodeSlot* out);

}  // namespace vectidx
