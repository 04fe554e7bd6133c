// The graph's storage (core/graph/store.hpp) in pages.
//
// A call that fails has noted why: stale() when the graph was replaced, so that a scan starts
// again; otherwise the index is damaged, and report() says where. A page that was only moved is
// found again on the way (page_reader.hpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/store.hpp"

#include "pg/pages/directory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/page_reader.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/pages/wal.hpp"

namespace vectidx {

// The place of a row on the pending list: its page, which is pinned, and the offset of its state.
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
          meta_(state.meta()),
          directory_(directory_layout(meta_.header, layout_)),
          pages_(rel, state.meta_block, state.meta().header) {}

    const NodeLayout& layout() const { return layout_; }
    const MetaHeader& header() const { return meta_.header; }
    PageReader& pages() { return pages_; }
    bool stale() const { return pages_.stale(); }
    [[noreturn]] void report() const { pages_.report(); }

    static constexpr bool kInMemory = false;

    // --- NodeReader ---
    template <class F>
    bool read_links(NodeId id, F&& f) {
        do {
            Location at;
            Buffer buffer;
            if (!locate(id, layout_.links, 0, &at)) return false;
            if (!pages_.pin(at.block, &buffer)) continue;
            // Header, codes and own vector are far apart: load them at once rather than one by one.
            const char* page = BufferGetPage(buffer);
            __builtin_prefetch(page);
            __builtin_prefetch(page + at.offset);
            __builtin_prefetch(page + at.offset + layout_.own_at);
            LockBuffer(buffer, BUFFER_LOCK_SHARE);
            const char* fault = node_fault(page, at);
            if (fault == nullptr) f(NodeView(layout_, page + at.offset));
            UnlockReleaseBuffer(buffer);
            if (fault == nullptr) return true;
            pages_.fail(at.block, fault);
        } while (look_again());
        return false;
    }
    // The links slot of a node that will likely be read next.
    void prefetch(NodeId id) {
        if (id / layout_.group_nodes >= meta_.header.groups) return;
        const Location at = place(id, layout_.links, 0);
        prefetch_bytes(rel_, at.block, at.offset, at.bytes, !pages_.careful());
    }
    template <class F>
    bool read_traversal(NodeId id, F&& f) {
        return read_pieces(id, PageKind::Traversal, layout_.traversal, f);
    }
    template <class F>
    bool read_refinement(NodeId id, F&& f) {
        return read_pieces(id, PageKind::Refinement, layout_.refinement, f);
    }
    template <class F>
    bool read_entries(F&& f) {
        Entries entries = state_->entries();
        f(entries.ids(), entries.codes(), entries.add(), entries.scale(), meta_.header.entry_count);
        return true;
    }
    void poll() { CHECK_FOR_INTERRUPTS(); }
    void note_damage(NodeId id, const char* what) {
        pages_.fail(place(id, layout_.links, 0).block, what);
    }

    // Copies the TIDs of one slot of a node's chain into tids[kTidsPerSlot], and moves on; none of
    // them at the end. A chain that was moved is read from its start again, so that TIDs may come
    // twice.
    bool read_chain(NodeId id, ChainPosition* position, HeapTid* tids, uint32_t* count);

    const DirectoryLayout& directory() const { return directory_; }
    bool has_directory() const { return directory_.per_page > 0; }
    template <class F>
    bool read_directory(F&& f) {
        look_again();  // it has places for what left the pending list before
        return !stale() &&
               vectidx::read_directory(
                   pages_, meta_, directory_, *arena_, [this] { return look_again(); }, f);
    }

    // --- NodeWriter ---
    bool add_tid(NodeId id, HeapTid tid, uint32_t source_checksum);
    // The same, and in the same record the row is taken off the pending list.
    // REQUIRES: the list lock; the row waits.
    bool take_tid(NodeId id, HeapTid tid, uint32_t source_checksum, const ListedRow& row);
    NodeId append(const NewNode& node);
    template <class F>
    Edit edit_links(NodeId id, F&& f) {
        auto* copy = arena_->alloc<uint64_t>(layout_.slot_size / 8);
        Edit result = Edit::Failed;
        for (bool again = true; again;) {
            poll();
            LinkEdit edit{};
            result = Edit::Failed;
            if (!read_links(id, [&](const NodeView& node) {
                    memcpy(copy, node.bytes(), layout_.slot_size);
                }))
                break;
            result = Edit::Refused;
            again = f(NodeView(layout_, copy), &edit);
            if (again) result = apply(id, NodeView(layout_, copy), edit);
            again = again && result == Edit::Refused;  // the list was another one by then
        }
        arena_->free(copy);
        return result;
    }
    bool set_entry(uint32_t position, const Link& link, const uint64_t* code);
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

    // REQUIRES: the id is within the groups that meta_ knows.
    Location place(NodeId id, const PartLayout& part, uint32_t piece) const;
    // Returns false when there is no such place.
    bool locate(NodeId id, const PartLayout& part, uint32_t piece, Location* at) {
        if (id / layout_.group_nodes >= meta_.header.groups && !find_group(id)) return false;
        *at = place(id, part, piece);
        return true;
    }
    bool find_group(NodeId id);
    bool pin_entry(NodeId id, Buffer* buffer);
    static void release_entry(Buffer buffer);
    bool cover(Buffer directory, NodeId id, const NodeView& node, HeapTid tid);
    // After a failure: whether the metapage changed, so that it is worth locating again.
    bool look_again();
    // The metapage as of now. REQUIRES: a lock keeps the generation.
    void refresh_extents();
    PageIdentity identity(PageKind kind, const Location& at) const {
        return {kind, meta_.header.generation, at.owner};
    }
    // The fault of a links page and the node on it, or nullptr.
    const char* node_fault(const char* page, const Location& at) const {
        const char* fault = page_fault(page, identity(PageKind::Links, at));
        if (fault != nullptr) return fault;
        if (at.offset + layout_.slot_size > page_end(page))
            return "a link leads to a node that was never written";
        return NodeView(layout_, page + at.offset).header_in_bounds() ? nullptr
                                                                      : "invalid node header";
    }
    // The links page of a node, pinned, exclusively locked, and checked with the node.
    bool lock_node(NodeId id, Location* at, Buffer* buffer);
    template <class F>
    bool read_pieces(NodeId id, PageKind kind, const PartLayout& part, F& f) {
        for (uint32_t piece = 0, from = 0; piece < part.pages_per_slot;) {
            Location at;
            if (!locate(id, part, piece, &at)) return false;
            const bool read = pages_.read(at.block, identity(kind, at), [&](const char* page) {
                f(reinterpret_cast<const uint8_t*>(page + at.offset), from, at.bytes);
                return nullptr;
            });
            if (!read && !look_again()) return false;
            if (!read) continue;
            from += at.bytes;
            ++piece;
        }
        return true;
    }
    Edit apply(NodeId id, const NodeView& seen, const LinkEdit& edit);

    // append.cpp
    enum class Claim { Taken, Full, Failed };
    struct NewEntry {
        Buffer page;  // pinned; invalid where there is no directory
        NeighborTerms terms;
        uint64_t* code;
    };
    Buffer claim_slot(NodeId* id, Buffer* directory);
    void encode_entry(const NewNode& node, const uint8_t* own, NewEntry* entry);
    Claim claim_on_page(uint32_t page, NodeId* id, Buffer* buffer);
    void advance_group();
    BlockNumber allocate_group();
    void create_group(uint32_t group, BlockNumber first);
    // What the functions of free_blocks.hpp need. REQUIRES: refresh_extents() under the lock for
    // extending.
    GraphPages graph_pages() { return {rel_, meta_block_, mode_, &meta_.header.free_block}; }
    bool write_out_of_line(NodeId id, const uint8_t* own, const uint8_t* refinement);
    Buffer lock_refinement(NodeId id, Location* at);
    bool write_node(NodeId id, Buffer links, const NewNode& node, const uint8_t* refinement,
                    const NewEntry& entry);

    // tid_chain.cpp
    enum class Chained { Done, NoRoom, Failed };
    bool read_tid_slot(NodeId id, ChainPosition* position, HeapTid* tids, uint32_t* count);
    bool begin_chain(NodeId id, ChainPosition* position);
    bool chain_moved(const ChainPosition& position);
    bool lock_tids_page(BlockNo block, Buffer* buffer);
    Chained add_to_slot(Buffer links, NodeId id, const Location& at, HeapTid tid,
                        uint32_t source_checksum);
    Chained add_to_chain(Buffer links, NodeId id, const Location& at, HeapTid tid,
                         uint32_t source_checksum);
    static void revive(NodeHeader& header, uint32_t source_checksum);
    void commit_tid(PageWrite& write);
    void add_tids_page();

    Relation rel_;
    IndexState* state_;
    WriteMode mode_;
    Arena* arena_;
    NodeLayout layout_;
    BlockNumber meta_block_;
    MetaPage meta_;
    DirectoryLayout directory_;
    DirectoryPlace entry_place_;
    PageReader pages_;
    const ListedRow* listed_ = nullptr;  // to be taken off the list with the TID that is added
};

static_assert(NodeWriter<NodeStore>);

}  // namespace vectidx
