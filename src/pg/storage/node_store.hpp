// The graph's storage (core/graph/store.hpp) in pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/store.hpp"

#include "pg/storage/index_state.hpp"
#include "pg/storage/wal.hpp"

namespace vectidx {

// Where a row stands on the pending list: its page, which is pinned, and the offset of its state.
struct ListedRow {
    Buffer page;
    uint32_t state_at;
};

class NodeStore {
  public:
    // `arena` takes the store's working memory. The metapage's entry points are read from `state`
    // and must be asked for before the state may go (index_state()).
    NodeStore(Relation rel, IndexState& state, WriteMode mode, Arena& arena)
        : rel_(rel),
          state_(&state),
          mode_(mode),
          arena_(&arena),
          layout_(state.layout),
          meta_block_(state.meta_block),
          meta_(state.meta()) {}

    const NodeLayout& layout() const { return layout_; }
    Relation relation() const { return rel_; }
    const MetaHeader& header() const { return meta_.header; }

    static constexpr bool kInMemory = false;

    // --- NodeReader ---
    template <class F>
    void read_links(NodeId id, F&& f) {
        const Location at = locate(id, layout_.links, 0);
        const Buffer buffer = read_buffer(rel_, at.block);
        // Header, codes and own vector are far apart: load them at once rather than one by one.
        const char* page = BufferGetPage(buffer);
        __builtin_prefetch(page);
        __builtin_prefetch(page + at.offset);
        __builtin_prefetch(page + at.offset + layout_.own_at);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        check_locked(rel_, buffer, identity(PageKind::Links, at));
        f(checked_node(buffer, at));
        UnlockReleaseBuffer(buffer);
    }
    // The links slot of a node that will likely be read next.
    void prefetch(NodeId id) {
        if (id / layout_.group_nodes >= meta_.header.groups) return;
        const Location at = locate(id, layout_.links, 0);
        prefetch_bytes(rel_, at.block, at.offset, at.bytes);
    }
    template <class F>
    void read_steering(NodeId id, F&& f) {
        read_pieces(id, PageKind::Steering, layout_.steering, f);
    }
    template <class F>
    void read_rest(NodeId id, F&& f) {
        read_pieces(id, PageKind::Rest, layout_.rest, f);
    }
    template <class F>
    void read_entries(F&& f) {
        Entries entries = state_->entries();
        f(entries.ids(), entries.codes(), entries.add(), entries.scale(), meta_.header.entry_count);
    }
    void poll() { CHECK_FOR_INTERRUPTS(); }
    [[noreturn]] void report_damage(NodeId id, const char* what) {
        report_corruption(rel_, locate(id, layout_.links, 0).block, what);
    }

    // --- NodeWriter ---
    void add_tid(NodeId id, HeapTid tid, uint32_t original);
    // The same, and in the same record the row is taken off the pending list.
    // REQUIRES: the list lock; the row waits.
    void take_tid(NodeId id, HeapTid tid, uint32_t original, const ListedRow& row);
    NodeId append(const NewNode& node);
    template <class F>
    bool edit_links(NodeId id, F&& f) {
        auto* copy = arena_->alloc<uint64_t>(layout_.slot_size / 8);
        bool edited = false;
        for (bool done = false; !done;) {
            poll();
            LinkEdit edit{};
            read_links(
                id, [&](const NodeView& node) { memcpy(copy, node.bytes(), layout_.slot_size); });
            edited = f(NodeView(layout_, copy), &edit);
            done = !edited || apply(id, NodeView(layout_, copy), edit);
        }
        arena_->free(copy);
        return edited;
    }
    void set_entry(uint32_t position, const Link& link, const uint64_t* code);
    bool claim_root();
    void release_root();
    uint32_t entry_capacity() const { return vectidx::entry_capacity(layout_.code_words()); }

  private:
    // Where a piece of a node's part is.
    struct Location {
        BlockNumber block;
        uint32_t offset;
        uint32_t bytes;
        NodeId owner;  // first node of the page
    };

    Location locate(NodeId id, const PartLayout& part, uint32_t piece);
    void refresh_extents();
    PageIdentity identity(PageKind kind, const Location& at) const {
        return {kind, meta_.header.generation, at.owner};
    }
    NodeView checked_node(Buffer buffer, const Location& at) const;
    template <class F>
    void read_pieces(NodeId id, PageKind kind, const PartLayout& part, F& f) {
        for (uint32_t piece = 0, from = 0; piece < part.pages_per_slot; ++piece) {
            const Location at = locate(id, part, piece);
            read_page(rel_, at.block, identity(kind, at), [&](const char* page) {
                f(reinterpret_cast<const uint8_t*>(page + at.offset), from, at.bytes);
            });
            from += at.bytes;
        }
    }
    bool apply(NodeId id, const NodeView& seen, const LinkEdit& edit);

    // append.cpp
    Buffer claim_slot(NodeId* id);
    Buffer claim_on_page(uint32_t page, NodeId* id);
    void advance_group();
    void write_apart(NodeId id, const uint8_t* own, const uint8_t* rest);

    // tid_chain.cpp
    bool add_to_chain(Buffer links, NodeId id, const Location& at, HeapTid tid, uint32_t original);
    static void revive(NodeHeader& header, uint32_t original);
    void commit_tid(PageWrite& write);
    void add_tids_page();

    Relation rel_;
    IndexState* state_;
    WriteMode mode_;
    Arena* arena_;
    NodeLayout layout_;
    BlockNumber meta_block_;
    MetaPage meta_;
    const ListedRow* listed_ = nullptr;  // to be taken off the list with the TID that is added
};

static_assert(NodeWriter<NodeStore>);

}  // namespace vectidx
