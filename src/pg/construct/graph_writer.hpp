// A finished graph into pages: every page once, in order, without WAL (log_graph or log_fork
// follows).
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/node_encoder.hpp"

#include "pg/construct/graph_target.hpp"

namespace vectidx {

struct FinishedGraph {
    const NodeLayout& layout;
    const Rows& rows;
    const Lists& lists;
    const uint8_t* levels;
    float max_norm2;  // MetaHeader::max_norm2
};

// Writes the nodes in new groups of pages, their further heap TIDs, and the fields of the metapage
// about them; row i becomes node i. REQUIRES: the graph has no node, and at least one row.
void write_graph(const GraphTarget& target, const FinishedGraph& graph, unsigned threads,
                 MemoryContext context);

}  // namespace vectidx
