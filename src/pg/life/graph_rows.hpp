// The rows of a graph in pages, one live node at a time, in the order of the nodes.
//
// REQUIRES: the exclusive life lock, so that nothing changes meanwhile.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/format/stored_vector.hpp"

#include "pg/storage/node_store.hpp"
#include "pg/storage/tid_chain.hpp"

namespace vectidx {

class GraphRows {
  public:
    GraphRows(Relation index, IndexState& state, Arena& arena);

    // Goes on to the next live node. Returns false behind the last.
    bool next();

    // Of the node, until the next call of next().
    StoredVector vector() const;
    const Array<HeapTid>& tids() const { return tids_; }

  private:
    bool next_page();
    void load();

    Relation index_;
    NodeStore store_;
    NodeLayout layout_;
    MetaPage meta_;
    uint32_t next_page_ = 0;  // links page, counted over all groups
    uint32_t next_slot_ = 0;
    uint32_t slots_ = 0;  // on the page
    NodeId owner_ = 0;
    char* page_;         // a copy
    NodeHeader header_;  // of the node
    int16_t* values_;
    int8_t* high_;
    uint8_t* low_;
    Array<HeapTid> tids_;
};

}  // namespace vectidx
