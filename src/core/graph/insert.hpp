// Inserting one vector into the graph (src/README.md, "Insert").
//
// Only the neighbors' own pages are needed. The order of the writes makes every prefix of them a
// valid graph: the node with its own list first, then the links that lead to it, one list at a
// time, then, sometimes, an entry point.
//
// A call to the store that fails (store.hpp) ends the insert at once: failed().
#pragma once

#include "core/base/random.hpp"
#include "core/graph/back_link.hpp"
#include "core/graph/search.hpp"
#include "core/graph/select.hpp"
#include "core/layout/meta.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/transform/vector_space.hpp"

namespace vectidx {

struct InsertParams {
    uint32_t m;
    uint32_t ef_construction;
    float alpha = 1.0f;  // of the heuristic that chooses and prunes neighbors: 1 is HNSW's
};

inline InsertParams insert_params(const MetaHeader& header) {
    return {header.m, header.ef_construction,
            header.algorithm == Algorithm::Vamana ? header.alpha : 1.0f};
}

// The candidates from the nodes that the search expands.
struct InsertCandidate {
    float key;  // first of the search, then the edge's length
    NodeId id;
    float scale;
    float norm2;
    uint32_t bytes_at;  // of the traversal form, into InsertObserver::bytes
    uint32_t links_at;  // of the neighbors, into InsertObserver::ids
    uint32_t degree;
    bool live;
    VectorView vector;  // traversal form, decoded when first wanted
};

// A vector that goes in together with others, and that the search cannot meet yet.
struct Sibling {
    VectorView traversal;  // [padded]
    NodeId id;
    float norm2;
};

template <NodeReader Store>
struct InsertObserver {
    const NodeLayout* layout;
    Array<InsertCandidate>* candidates;
    Array<uint8_t>* bytes;
    Array<NodeId>* ids;      // of the candidates' neighbors, or nullptr when nobody wants them
    Array<uint64_t>* codes;  // with ids
    Array<NodeId>* alike;    // without codes: nodes with this checksum of their vector
    uint32_t checksum;

    bool taken(float) { return true; }
    void measured(NodeId id, const NodeView& node) {
        if (node.header().checksum == checksum) alike->push_back(id);
    }
    void expanded(NodeId id, const NodeView& node, float key) {
        const NodeHeader& h = node.header();
        InsertCandidate c{key, id, h.scale, h.norm2, 0, 0, h.degree, node.live(), {}};
        c.bytes_at = static_cast<uint32_t>(bytes->size());
        if (layout->placement() != VectorPlacement::OutOfLine)
            std::memcpy(bytes->extend(layout->own_bytes()), node.own(), layout->own_bytes());
        if (ids != nullptr) {
            c.links_at = static_cast<uint32_t>(ids->size());
            const size_t words = h.degree * layout->code_words();
            std::copy_n(node.ids(), h.degree, ids->extend(h.degree));
            std::copy_n(node.codes(), words, codes->extend(words));
        }
        candidates->push_back(c);
    }
};

template <NodeWriter Store>
class Inserter {
  public:
    Inserter(Store& store, const VectorSpace& space, const InsertParams& params, Arena& arena)
        : store_(store),
          space_(space),
          layout_(store.layout()),
          params_(params),
          arena_(arena),
          candidates_(arena, 2 * params.ef_construction),
          bytes_(arena),
          neighbor_ids_(arena),
          neighbor_codes_(arena),
          alike_(arena) {}

    // Adds the row to the node of an equal vector, or makes a node of it. Returns false when it
    // failed.
    // ENSURES: when it returns true, the row can be found.
    bool insert(const StoredVector& x, HeapTid tid);
    // The node for the row, made as a tombstone where there is none, so that the caller can add its
    // TID; kNoNode when it failed. ENSURES: when it returns, the node can be found.
    NodeId place(const StoredVector& x);

    // The steps of insert(), for a caller that takes many rows through each before the next. The
    // first two only read. None may follow one after which failed() is true.
    //
    // Collects the nodes near x. Returns the node of an equal vector, or kNoNode.
    NodeId find(const StoredVector& x);
    // Chooses neighbors among what was found and the siblings.
    void choose(const Sibling* siblings, uint32_t count);
    // Makes the node, with its own list, with a row or without.
    NodeId append(HeapTid tid) { return append(&tid, 1); }
    // Makes the links that lead to it.
    void link(NodeId id);

    bool failed() const { return failed_; }
    VectorView traversal() const { return traversal_; }
    // The length of the edge from the vector to another [padded].
    float edge_to(VectorView other, float norm2) const {
        return space_.keys().edge(distance2(traversal_, other), x_.norm2, norm2);
    }

  private:
    // One end of a link: a node in the graph with its traversal vector.
    struct End {
        NodeId id;
        VectorView vector;
        float norm2;
    };

    // Notes whether a call to the store came to its end, and returns it.
    bool check(bool done) {
        failed_ = failed_ || !done;
        return done;
    }
    // After a failed read what these return means nothing: their callers look at failed_.
    NodeId append(const HeapTid* tids, uint8_t count);
    NodeId find_or_make(const StoredVector& x, const HeapTid* tids, uint8_t count, bool* made);
    void collect();
    NodeId find_equal();
    NodeId find_equal_neighbor();
    NodeId find_alike();
    bool holds_vector(NodeId id);
    VectorView vector_of(uint32_t candidate);
    void read_traversal(NodeId id, float scale, VectorBuffer out);
    End read_end(NodeId id);
    ListEnd* read_list(const NodeView& node);
    void select();
    void encode_links();
    void sort_candidates();
    void link_back(NodeId id);
    void attach_below(NodeId from, NodeId id);
    bool link_to(const End& end, NodeId id, bool tree_edge, bool must);
    float distance2(VectorView a, VectorView b) const {
        return space_.keys().distance2(a, b, layout_.padded);
    }
    void offer_as_entry(NodeId id);
    void enter(NodeId id, uint32_t position);
    End end(uint32_t candidate) {
        const InsertCandidate& c = candidates_[candidate];
        return {c.id, vector_of(candidate), c.norm2};
    }

    Store& store_;
    const VectorSpace& space_;
    const NodeLayout& layout_;
    InsertParams params_;
    Arena& arena_;
    Array<InsertCandidate> candidates_;
    Array<uint8_t> bytes_;
    Array<NodeId> neighbor_ids_;
    Array<uint64_t> neighbor_codes_;
    Array<NodeId> alike_;
    StoredVector x_ = {};            // the new vector,
    uint8_t* own_ = nullptr;         // its parts (stored_vector.hpp),
    uint8_t* refinement_ = nullptr;  //
    VectorBuffer traversal_;         // and its traversal form
    uint32_t chosen_[kMaxDegree] = {};
    uint32_t diverse_ = 0;  // chosen by the heuristic; backfilled neighbors follow
    uint32_t count_ = 0;
    Link* links_ = nullptr;
    uint64_t* codes_ = nullptr;
    bool failed_ = false;
};

}  // namespace vectidx

#include "core/graph/insert_inl.hpp"
