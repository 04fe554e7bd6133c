// The links pages of a graph that have nodes, one after the other, each as a copy.
//
// REQUIRES: the exclusive graph lock, so that nothing changes meanwhile.
#pragma once

#include "pg/postgres.hpp"

#include "pg/pages/index_state.hpp"

namespace vectidx {

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
    // The links slot of node first_node() + i. ERROR when it makes no sense.
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

}  // namespace vectidx
