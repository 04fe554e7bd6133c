// The rows of a graph in pages, one live node at a time, in the order of the nodes.
//
// REQUIRES: the exclusive graph lock, so that nothing changes meanwhile.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/stored_vector.hpp"

#include "pg/maintain/links_pages.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

class GraphRows {
  public:
    GraphRows(Relation index, IndexState& state, Arena& arena);

    // Goes on to the next live node. Returns false behind the last.
    bool next();

    // Of the node, until the next call of next().
    NodeId id() const { return id_; }
    StoredVector vector() const;
    const Array<HeapTid>& tids() const { return tids_; }

  private:
    void load(NodeId id, const NodeView& node);

    NodeStore store_;
    NodeLayout layout_;
    LinksPages pages_;
    uint32_t next_slot_ = 0;
    NodeId id_ = 0;      // of the node,
    NodeHeader header_;  // and its header
    int16_t* values_;
    uint8_t* traversal_;
    uint8_t* refinement_;
    Array<HeapTid> tids_;
};

}  // namespace vectidx
