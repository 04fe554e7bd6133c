// The bytes of a node's links slot, read and written in place.
//
//   NodeHeader | codes[degree] | ids[degree] | add[degree] | scale[degree] | own vector (Inline:
//   int16[padded], Split: int8[padded], OutOfLine: nothing) | backfilled bits | tree edge bits
//   | TIDs
//
// If the index has no codes, then codes, add and scale are missing.
//
// Only the first header().degree neighbors are in use. A *backfilled* neighbor was added to
// complete the list and is the first to go. A *spanning-tree edge* must stay: every node but the
// first is the end of exactly one, and they form a tree, so that every node stays reachable
// whatever inserts do to the lists.
#pragma once

#include "core/layout/layout.hpp"
#include "core/vector/neighbor_code.hpp"

namespace vectidx {

enum class NodeState : uint8_t {
    Empty = 0,      // never written: the rest of a partly filled page
    Live = 1,       // at least one heap TID
    Tombstone = 2,  // no heap TID: walked through, never returned
};

// The same bytes as PostgreSQL's ItemPointerData; core only copies and compares them.
struct HeapTid {
    uint16_t block_high;
    uint16_t block_low;
    uint16_t offset;
    bool operator==(const HeapTid&) const = default;
};
static_assert(sizeof(HeapTid) == 6);

inline uint32_t block_of(const HeapTid& tid) {
    return uint32_t{tid.block_high} << 16 | tid.block_low;
}
// In the order of the table.
inline uint64_t number_of(const HeapTid& tid) {
    return uint64_t{block_of(tid)} << 16 | tid.offset;
}

// NodeHeader::flags. Scaled down: the vector was too long for single precision, so its distances
// say nothing. Shared node: rows of different vectors share the node, because their stored forms
// are equal. In both cases the executor has to compute the distances.
constexpr uint8_t kScaledDown = 1;
constexpr uint8_t kSharedNode = 2;

struct NodeHeader {
    NodeState state;
    uint8_t level;             // of the node in HNSW; the scan does not use it (src/README.md)
    uint8_t tid_count;         // heap TIDs in the slot
    uint8_t flags;             // kScaledDown, kSharedNode
    uint16_t degree;           // neighbors in use
    uint16_t overflow_slot;    // first overflow slot of further heap TIDs,
    BlockNo overflow_block;    // kNoBlock when there is none
    float scale;               // of the own vector, see fixed_point.hpp
    float norm2;               // inner product: |x|^2 of the vector as given; else 0
    uint32_t checksum;         // of the own vector's stored values and scale
    uint32_t source_checksum;  // checksum of the vector as given, of the node's first row
    uint32_t list_checksum;    // of the neighbors' ids where no codes tell of them; else 0
};
static_assert(sizeof(NodeHeader) == 32);

// Bounds of what VectorSpace::prepare lets through: vectors no longer than 1e18, and as much again
// for the center, over the 32512 steps of a value.
constexpr float kMaxScale = 1e14f;
constexpr float kMaxNorm2 = 1.001e36f;

class NodeView {
  public:
    NodeView(const NodeLayout& layout, const void* slot)
        : layout_(&layout), slot_(static_cast<const uint8_t*>(slot)) {}

    const NodeLayout& layout() const { return *layout_; }
    const uint8_t* bytes() const { return slot_; }
    const NodeHeader& header() const { return *at<NodeHeader>(0); }
    bool live() const { return header().state == NodeState::Live; }
    uint32_t degree() const { return header().degree; }
    const uint64_t* codes() const { return at<uint64_t>(layout_->codes_at); }
    const uint64_t* code(uint32_t i) const { return codes() + i * layout_->code_words(); }
    const NodeId* ids() const { return at<NodeId>(layout_->ids_at); }
    const float* add() const { return at<float>(layout_->add_at); }
    const Bfloat16* scale() const { return at<Bfloat16>(layout_->scale_at); }
    const int16_t* own_whole() const { return at<int16_t>(layout_->own_at); }
    const int8_t* own_high() const { return at<int8_t>(layout_->own_at); }
    // own_bytes() bytes, unless OutOfLine.
    const uint8_t* own() const { return slot_ + layout_->own_at; }
    bool backfilled(uint32_t i) const { return bit(layout_->backfilled_at, i); }
    bool tree_edge(uint32_t i) const { return bit(layout_->tree_edges_at, i); }
    const HeapTid* tids() const { return at<HeapTid>(layout_->tids_at); }

    // Whether the state, the counts and the numbers are such as a writer leaves them, so that
    // reading the slot stays within it and distances are numbers.
    bool header_in_bounds() const {
        const NodeHeader& h = header();
        return (h.state == NodeState::Live || h.state == NodeState::Tombstone) &&
               h.degree <= layout_->degree() && h.tid_count <= layout_->choice.tid_capacity &&
               h.scale >= 0.0f && h.scale <= kMaxScale && h.norm2 >= 0.0f && h.norm2 <= kMaxNorm2;
    }
    // The same, and that the ids are below node_limit.
    bool check_links(NodeId node_limit) const;
    // NodeHeader::list_checksum of the neighbors that are there.
    uint32_t list_checksum() const;

  protected:
    template <class T>
    const T* at(uint32_t offset) const {
        return reinterpret_cast<const T*>(slot_ + offset);
    }
    bool bit(uint32_t bitmap, uint32_t i) const { return (slot_[bitmap + i / 8] >> (i % 8)) & 1; }

    const NodeLayout* layout_;
    const uint8_t* slot_;
};

// One neighbor as it is written into a list.
struct Link {
    NodeId id;
    NeighborTerms terms;
    bool backfilled;
    bool tree_edge;
};

// All that goes into the slot of a node about to be written.
struct NewNode {
    const int16_t* values;  // see StoredVector
    float scale;
    float norm2;               // see NodeHeader
    uint32_t source_checksum;  // likewise
    uint8_t level;
    uint8_t flags;
    uint8_t tid_count;      // <= tid_capacity
    uint16_t degree;        // <= degree of the layout
    const HeapTid* tids;    // [tid_count]
    const Link* links;      // [degree]
    const uint64_t* codes;  // [degree][code_words]
};

class NodeSlot : public NodeView {
  public:
    NodeSlot(const NodeLayout& layout, void* slot) : NodeView(layout, slot) {}

    // Writes the whole slot.
    void init(const NewNode& node);

    NodeHeader& header() { return *edit<NodeHeader>(0); }
    uint64_t* code(uint32_t i) {
        return edit<uint64_t>(layout_->codes_at) + i * layout_->code_words();
    }
    int16_t* own_whole() { return edit<int16_t>(layout_->own_at); }
    int8_t* own_high() { return edit<int8_t>(layout_->own_at); }
    HeapTid* tids() { return edit<HeapTid>(layout_->tids_at); }

    // Writes neighbor i (<= degree; == degree appends) with its code.
    void set_link(uint32_t i, const Link& link, const uint64_t* bits);
    void set_tree_edge(uint32_t i) { set_bit(layout_->tree_edges_at, i, true); }

  private:
    template <class T>
    T* edit(uint32_t offset) {
        return reinterpret_cast<T*>(const_cast<uint8_t*>(slot_) + offset);
    }
    void set_bit(uint32_t bitmap, uint32_t i, bool value) {
        uint8_t& byte = *edit<uint8_t>(bitmap + i / 8);
        const auto mask = static_cast<uint8_t>(1u << (i % 8));
        byte = value ? static_cast<uint8_t>(byte | mask) : static_cast<uint8_t>(byte & ~mask);
    }
};

}  // namespace vectidx
