// A graph in memory with the bytes that its nodes have on pages: a store (core/graph/store.hpp) in
// which threads may search while nobody writes.
//
// Its nodes are checked when they are put in: ids are below the capacity, and a node that is not
// there is empty.
#pragma once

#include <cstring>

#include "core/base/array.hpp"
#include "core/graph/store.hpp"
#include "core/layout/meta.hpp"
#include "core/layout/stored_vector.hpp"

namespace vectidx {

// A heap TID for a node, to be added where the node has its pages.
struct ExtraTid {
    NodeId id;
    HeapTid tid;
    uint32_t source_checksum;  // see NodeHeader
};

class GraphImage {
  public:
    // Room for `capacity` nodes; `meta_page` is a copy of the metapage, whose entry points it uses.
    static constexpr bool kInMemory = true;
    GraphImage(const NodeLayout& layout, char* meta_page, uint32_t capacity, Arena& arena);

    static size_t node_bytes(const NodeLayout& layout) {
        return layout.slot_size + 1 + layout.traversal.bytes + layout.refinement.bytes;
    }

    // The node's parts, to be filled with those of its pages before the image is used.
    uint8_t* slot(NodeId id) { return slots_ + size_t{id} * layout_.slot_size; }
    uint8_t* traversal(NodeId id) { return traversal_ + size_t{id} * layout_.traversal.bytes; }
    uint8_t* refinement(NodeId id) { return refinement_ + size_t{id} * layout_.refinement.bytes; }
    // Nodes [0, count) are there.
    void set_nodes(uint32_t count) { nodes_ = count; }

    uint32_t nodes() const { return nodes_; }
    // Whether the node's list was changed.
    bool changed(NodeId id) const { return changed_[id] != 0; }
    const Array<ExtraTid>& extra_tids() const { return extra_tids_; }
    void reserve_extra_tids(size_t count) {
        extra_tids_.extend(count);
        extra_tids_.clear();
    }
    const char* meta_page() const { return meta_page_; }

    // --- NodeReader and NodeWriter ---
    const NodeLayout& layout() const { return layout_; }
    void prefetch(NodeId id) const {
        const uint8_t* slot = slots_ + size_t{id} * layout_.slot_size;
        __builtin_prefetch(slot);
        for (uint32_t at = 0; at < layout_.own_bytes(); at += 64)
            __builtin_prefetch(slot + layout_.own_at + at);
    }
    void poll() const {}
    void note_damage(NodeId, const char*) const {}
    template <class F>
    bool read_links(NodeId id, F&& f) const {
        f(NodeView(layout_, slots_ + size_t{id} * layout_.slot_size));
        return true;
    }
    template <class F>
    bool read_traversal(NodeId id, F&& f) const {
        f(static_cast<const uint8_t*>(traversal_) + size_t{id} * layout_.traversal.bytes, 0u,
          layout_.traversal.bytes);
        return true;
    }
    template <class F>
    bool read_refinement(NodeId id, F&& f) const {
        f(static_cast<const uint8_t*>(refinement_) + size_t{id} * layout_.refinement.bytes, 0u,
          layout_.refinement.bytes);
        return true;
    }
    template <class F>
    bool read_entries(F&& f) const {
        Entries entries(meta_page_, layout_.code_words());
        f(entries.ids(), entries.codes(), entries.add(), entries.scale(), header().entry_count);
        return true;
    }
    bool add_tid(NodeId id, HeapTid tid, uint32_t source_checksum) {
        extra_tids_.push_back({id, tid, source_checksum});
        return true;
    }
    // REQUIRES: nodes() < capacity.
    NodeId append(const NewNode& node);
    template <class F>
    Edit edit_links(NodeId id, F&& f) {
        NodeSlot node(layout_, slot(id));
        LinkEdit edit{};
        if (!f(node, &edit)) return Edit::Refused;
        node.set_link(edit.position, edit.link, edit.code);
        changed_[id] = 1;
        return Edit::Made;
    }
    bool set_entry(uint32_t position, const Link& link, const uint64_t* code);
    bool claim_root() const { return header().entry_count == 0; }
    void release_root() const {}
    uint32_t entry_capacity() const { return vectidx::entry_capacity(layout_.code_words()); }

  private:
    MetaHeader& header() const { return meta_of(meta_page_).header; }

    NodeLayout layout_;
    char* meta_page_;
    uint8_t* slots_;
    uint8_t* traversal_;
    uint8_t* refinement_;
    uint8_t* own_;  // of one vector, for append()
    uint8_t* changed_;
    uint32_t nodes_ = 0;
    Array<ExtraTid> extra_tids_;
};

static_assert(NodeWriter<GraphImage>);

}  // namespace vectidx
