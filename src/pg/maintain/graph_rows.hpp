// Reading all of a graph in pages.
//
// REQUIRES: the exclusive graph lock, so that nothing changes meanwhile.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/stored_vector.hpp"

#include "pg/pages/index_state.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

// The links pages that have nodes, one after the other, each as a copy.
class LinksPages {
  public:
    LinksPages(Relation index, const IndexState& state, Arena& arena)
        : index_(index),
          layout_(state.layout),
          meta_(state.meta()),
          page_(arena.alloc<char>(BLCKSZ)) {}

    // Goes on to the next page with nodes. Returns false behind the last.
    bool next();

    BlockNumber block() const { return block_; }
    NodeId first_node() const { return first_node_; }
    uint32_t count() const { return count_; }
    // The links slot of node first_node() + i. ERROR when its header is invalid.
    NodeView node(uint32_t i) const;

  private:
    Relation index_;
    NodeLayout layout_;
    MetaPage meta_;
    uint32_t next_ = 0;  // page, counted over all groups
    BlockNumber block_ = InvalidBlockNumber;
    NodeId first_node_ = 0;
    uint32_t count_ = 0;
    char* page_;
};

// The rows, one live node at a time, in the order of the nodes.
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
