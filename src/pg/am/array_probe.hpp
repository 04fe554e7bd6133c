// The search for one vector of a query for arrays: which rows have a vector near it, and how near.
#pragma once

#include "pg/postgres.hpp"

#include "pg/am/active_search.hpp"
#include "pg/am/scan_report.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

// A row whose vector has this key.
struct ProbeHit {
    HeapTid tid;
    float key;
};

// A node with more rows than its slot has.
struct ProbeChain {
    NodeId id;
    float key;
    ChainPosition at;
};

// Keeps the rows of every node that the search expands.
struct HitObserver {
    Array<ProbeHit>* hits;
    Array<ProbeChain>* chains;

    bool taken(float) { return true; }
    void measured(NodeId, const NodeView&) {}
    void expanded(NodeId id, const NodeView& node, float key) {
        if (!node.live()) return;
        const NodeHeader& h = node.header();
        for (uint32_t i = 0; i < h.tid_count; ++i)
            hits->push_back({node.tids()[i], key});
        if (h.overflow_block != kNoBlock)
            chains->push_back({id, key, {h.overflow_block, h.overflow_slot}});
    }
};

class ArrayProbe {
  public:
    // `vector`: of the query, of such a type. Hits come from `context`, and so does the context of
    // the search.
    ArrayProbe(Relation index, const IndexedType& type, Datum vector, MemoryContext context)
        : index_(index),
          type_(type),
          vector_(vector),
          context_(context),
          arena_(context_arena(context)),
          hits_(arena_),
          chains_(arena_) {}

    // Searches for so many rows; with UINT32_MAX the whole graph. Goes on from where it stood, or
    // starts again where the graph was replaced or forget() was called.
    void run(uint32_t rows, ScanReport* report);
    // Gives back the memory of the search. The hits stay.
    void forget();

    // Of hits; rows may come several times.
    const Array<ProbeHit>& hits() const { return hits_; }
    uint32_t expanded() const { return expanded_; }
    // Whether the query's vector has a direction. Without one it tells no rows from others.
    bool has_direction() const { return has_direction_; }
    // Whether a further run() would find nothing more: the graph or a limit ended the search.
    bool at_end() const { return at_end_; }
    // A key, times this, is a distance, up to a constant.
    double unit() const { return unit_; }
    // Nodes of the graph.
    double nodes() const { return nodes_; }

  private:
    struct Running;

    Running* begin(uint32_t rows);
    bool read_chains();

    Relation index_;
    const IndexedType& type_;
    Datum vector_;
    MemoryContext context_;
    Arena arena_;
    Array<ProbeHit> hits_;
    Array<ProbeChain> chains_;
    Running* running_ = nullptr;
    uint32_t expanded_ = 0;
    bool has_direction_ = true;
    bool at_end_ = false;
    double unit_ = 1.0;
    double nodes_ = 0.0;
};

}  // namespace vectidx
