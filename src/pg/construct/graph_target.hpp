// Where a graph is built: in an index that has none, or beside the current graph, under a metapage
// of its own (src/README.md, "Rebuild").
#pragma once

#include "pg/postgres.hpp"

#include "pg/pages/index_state.hpp"

namespace vectidx {

struct GraphTarget {
    Relation index;
    BlockNumber meta_block;
};

// The state of the graph as of now, in `context`.
inline IndexState& target_state(const GraphTarget& target, MemoryContext context) {
    return load_state(target.index, target.meta_block, context);
}

}  // namespace vectidx
