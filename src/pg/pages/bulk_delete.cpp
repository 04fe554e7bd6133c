#include "pg/pages/bulk_delete.hpp"

#include <algorithm>

#include "pg/pages/directory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/pages/wal.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

void delay_point() {
#if PG_VERSION_NUM >= 180000
    vacuum_delay_point(false);
#else
    vacuum_delay_point();
#endif
}

class BulkDelete {
  public:
    BulkDelete(Relation index, BufferAccessStrategy strategy, IndexBulkDeleteCallback callback,
               void* callback_state)
        : index_(index),
          strategy_(strategy),
          callback_(callback),
          callback_state_(callback_state),
          meta_copy_(index),
          layout_(meta_copy_.layout()),
          meta_(meta_copy_.meta()),
          directory_(directory_layout(meta_.header, layout_)),
          pages_(index, kMetaBlock, meta_.header) {}

    BulkDeleteResult run();

  private:
    // One links page: its block, its first node, and whether something on it is to be changed.
    struct LinksPage {
        BlockNumber block;
        NodeId owner;
    };

    // A node with a chain.
    struct Chain {
        ChainPosition head;
        NodeId id;
        bool no_inline_tid;
    };

    // Those that return bool return false at damage, which pages_ has noted: the graph lock keeps
    // everything else in its place.
    bool lock(const LinksPage& at, int mode, Buffer* buffer);
    bool dead(const HeapTid& tid) const;
    bool look(const LinksPage& at, bool* change);
    bool clean(const LinksPage& at);
    bool update_entries(const LinksPage& at);
    bool entries_are_exact(Buffer links, Buffer directory, NodeId owner) const;
    bool write_entries(Buffer links, Buffer directory, NodeId owner);
    bool clean_node(NodeSlot slot, NodeId id);
    bool clean_chain(NodeId id, ChainPosition head, uint32_t* alive);
    bool lock_slot(NodeId id, const ChainPosition& at, int mode, Buffer* buffer);
    bool link_chain(NodeId id, const ChainPosition& from, const ChainPosition& to);
    bool clean_chain_slot(NodeId id, ChainPosition* position, uint32_t* alive);
    bool chain_is_empty(NodeId id, ChainPosition position, bool* empty);
    bool move(ChainPosition* position, const TidSlot& slot) {
        const BlockNo block = position->block;
        return position->move(slot.next_block, slot.next_slot) ||
               pages_.fail(block, "a chain of TID slots forms a ring");
    }
    // Nodes on a page.
    uint32_t node_count(Buffer buffer) const {
        if (PageIsNew(BufferGetPage(buffer))) return 0;
        return (page_end(BufferGetPage(buffer)) - kPayloadAt) / layout_.slot_size;
    }
    NodeView node(Buffer buffer, uint32_t slot) const {
        return {layout_, BufferGetPage(buffer) + kPayloadAt + size_t{slot} * layout_.slot_size};
    }

    Relation index_;
    BufferAccessStrategy strategy_;
    IndexBulkDeleteCallback callback_;
    void* callback_state_;
    CurrentMeta meta_copy_;
    const NodeLayout& layout_;
    const MetaPage& meta_;
    DirectoryLayout directory_;
    DirectoryPlace entry_place_;
    PageReader pages_;
    BulkDeleteResult result_{};
};

// A links page whose nodes all make sense.
bool BulkDelete::lock(const LinksPage& at, int mode, Buffer* buffer) {
    *buffer = ReadBufferExtended(index_, MAIN_FORKNUM, at.block, RBM_NORMAL, strategy_);
    LockBuffer(*buffer, mode);
    const char* fault = nullptr;
    // A page that was never used: nothing behind it is.
    if (!PageIsNew(BufferGetPage(*buffer)))
        fault = page_fault(BufferGetPage(*buffer),
                           {PageKind::Links, meta_.header.generation, at.owner});
    const uint32_t nodes = fault == nullptr ? node_count(*buffer) : 0;
    for (uint32_t slot = 0; slot < nodes && fault == nullptr; ++slot)
        if (!node(*buffer, slot).header_in_bounds()) fault = "invalid node header";
    if (fault == nullptr) return true;
    UnlockReleaseBuffer(*buffer);
    return pages_.fail(at.block, fault);
}

bool BulkDelete::dead(const HeapTid& tid) const {
    ItemPointerData pointer;
    memcpy(&pointer, &tid, sizeof(pointer));
    return callback_(&pointer, callback_state_);
}

// Counts what is on a page, and cleans the chains of its nodes. Tells whether the page itself is to
// be changed.
bool BulkDelete::look(const LinksPage& at, bool* change) {
    Chain chains[kPagePayload / sizeof(NodeHeader)];
    uint32_t chain_count = 0;
    Buffer buffer;
    if (!lock(at, BUFFER_LOCK_SHARE, &buffer)) return false;
    const uint32_t nodes = node_count(buffer);
    for (uint32_t slot = 0; slot < nodes; ++slot) {
        const NodeView view = node(buffer, slot);
        const NodeHeader& h = view.header();
        uint32_t alive = 0;
        for (uint32_t i = 0; i < h.tid_count; ++i)
            alive += !dead(view.tids()[i]);
        result_.removed += h.tid_count - alive;
        result_.remaining += alive;
        *change = *change || alive < h.tid_count;
        if (h.overflow_block != kNoBlock)
            chains[chain_count++] = {
                {h.overflow_block, h.overflow_slot}, at.owner + slot, alive == 0};
        else
            ++(alive > 0 ? result_.live : result_.tombstones);
    }
    UnlockReleaseBuffer(buffer);
    for (uint32_t i = 0; i < chain_count; ++i) {
        uint32_t alive = 0;
        if (!clean_chain(chains[i].id, chains[i].head, &alive)) return false;
        result_.remaining += alive;
        const bool empty = alive == 0 && chains[i].no_inline_tid;
        ++(empty ? result_.tombstones : result_.live);
        *change = *change || empty;
    }
    return true;
}

// Removes dead TIDs from a chain and tells how many are left. Empty slots leave the chain, so
// that it does not grow with every UPDATE of its rows. They keep their bytes, because a scan may be
// at one and continue from there. The head stays: inserts fill it.
bool BulkDelete::clean_chain(NodeId id, ChainPosition head, uint32_t* alive) {
    ChainPosition kept = head;
    bool gap = false;
    for (ChainPosition at = head; !at.at_end();) {
        delay_point();
        const ChainPosition here = at;
        uint32_t count = 0;
        if (!clean_chain_slot(id, &at, &count)) return false;
        *alive += count;
        const bool is_head = here.block == head.block && here.slot == head.slot;
        if (count > 0 && gap && !link_chain(id, kept, here)) return false;
        if (count > 0) kept = here;
        gap = count == 0 && (gap || !is_head);
    }
    return !gap || link_chain(id, kept, {kNoBlock, 0});
}

// The page of a slot of the node's chain.
bool BulkDelete::lock_slot(NodeId id, const ChainPosition& at, int mode, Buffer* buffer) {
    if (!lock_tids_page(pages_, at.block, meta_.header.generation, mode, buffer)) return false;
    const char* fault = tid_slot_fault(BufferGetPage(*buffer), at.slot, id);
    if (fault == nullptr) return true;
    UnlockReleaseBuffer(*buffer);
    return pages_.fail(at.block, fault);
}

// Lets one slot of a chain be followed by another.
bool BulkDelete::link_chain(NodeId id, const ChainPosition& from, const ChainPosition& to) {
    Buffer buffer;
    if (!lock_slot(id, from, BUFFER_LOCK_EXCLUSIVE, &buffer)) return false;
    PageWrite write(index_, WriteMode::Logged);
    TidSlot* slot = edit_tid_slot(write.edit(buffer), from.slot);
    slot->next_block = to.block;
    slot->next_slot = to.slot;
    write.commit();
    UnlockReleaseBuffer(buffer);
    return true;
}

bool BulkDelete::clean_chain_slot(NodeId id, ChainPosition* position, uint32_t* alive) {
    const ChainPosition at = *position;
    Buffer buffer;
    if (!lock_slot(id, at, BUFFER_LOCK_EXCLUSIVE, &buffer)) return false;
    const TidSlot slot = tid_slot(BufferGetPage(buffer), at.slot);
    TidSlot kept = slot;
    kept.count = 0;
    std::fill_n(kept.tids, kTidsPerSlot, HeapTid{});
    for (uint32_t i = 0; i < slot.count; ++i)
        if (!dead(slot.tids[i])) kept.tids[kept.count++] = slot.tids[i];
    if (kept.count < slot.count) {
        result_.removed += slot.count - kept.count;
        PageWrite write(index_, WriteMode::Logged);
        *edit_tid_slot(write.edit(buffer), at.slot) = kept;
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
    *alive = kept.count;
    return move(position, slot);
}

bool BulkDelete::chain_is_empty(NodeId id, ChainPosition position, bool* empty) {
    *empty = true;
    while (*empty && !position.at_end()) {
        Buffer buffer;
        if (!lock_slot(id, position, BUFFER_LOCK_SHARE, &buffer)) return false;
        const TidSlot slot = tid_slot(BufferGetPage(buffer), position.slot);
        UnlockReleaseBuffer(buffer);
        *empty = slot.count == 0;
        if (!move(&position, slot)) return false;
    }
    return true;
}

// Removes dead TIDs from the slots of a page.
bool BulkDelete::clean(const LinksPage& at) {
    Buffer buffer;
    if (!lock(at, BUFFER_LOCK_EXCLUSIVE, &buffer)) return false;
    PageWrite write(index_, WriteMode::Logged);
    char* page = write.edit(buffer);
    const uint32_t nodes = node_count(buffer);
    bool sound = true;
    for (uint32_t slot = 0; slot < nodes && sound; ++slot)
        sound = clean_node(NodeSlot(layout_, page + kPayloadAt + size_t{slot} * layout_.slot_size),
                           at.owner + slot);
    if (sound)
        write.commit();
    else
        write.forget();
    UnlockReleaseBuffer(buffer);
    return sound;
}

bool BulkDelete::clean_node(NodeSlot slot, NodeId id) {
    NodeHeader& h = slot.header();
    HeapTid* before = slot.tids() + h.tid_count;
    HeapTid* end =
        std::remove_if(slot.tids(), before, [this](const HeapTid& tid) { return dead(tid); });
    std::fill(end, before, HeapTid{});  // the checker knows places that are not in use by that
    h.tid_count = static_cast<uint8_t>(end - slot.tids());
    if (h.tid_count > 0) return true;
    // Nobody can add a TID while the page is locked, so what is empty stays empty.
    bool empty = false;
    if (!chain_is_empty(id, {h.overflow_block, h.overflow_slot}, &empty)) return false;
    if (empty) h.state = NodeState::Tombstone;
    return true;
}

bool BulkDelete::entries_are_exact(Buffer links, Buffer directory, NodeId owner) const {
    const DirectoryView view(directory_, BufferGetPage(directory));
    const uint32_t nodes = node_count(links), first = owner % directory_.per_page;
    for (uint32_t slot = 0; slot < nodes; ++slot)
        if (!(view.rows(first + slot) == rows_of(node(links, slot)))) return false;
    return true;
}

// REQUIRES: the links page is locked.
bool BulkDelete::write_entries(Buffer links, Buffer directory, NodeId owner) {
    if (!entry_place_.lock(pages_, meta_, directory_, directory, BUFFER_LOCK_EXCLUSIVE))
        return false;
    PageWrite write(index_, WriteMode::Logged);
    char* page = write.edit(directory);
    const uint32_t nodes = node_count(links), first = owner % directory_.per_page;
    for (uint32_t slot = 0; slot < nodes; ++slot)
        set_entry_rows(directory_, page, first + slot, rows_of(node(links, slot)));
    write.commit();
    LockBuffer(directory, BUFFER_LOCK_UNLOCK);
    return true;
}

// After TIDs were removed: entries tell again no more than their nodes. So they do after a crash
// that left entries with too much. While a links page is locked nobody adds a TID to its nodes, or
// changes their entries.
//
// LOCKS: links page -> Directory page.
bool BulkDelete::update_entries(const LinksPage& at) {
    Buffer directory, links;
    if (!entry_place_.pin(pages_, meta_, directory_, at.owner, &directory)) return false;
    if (!lock(at, BUFFER_LOCK_SHARE, &links)) {
        ReleaseBuffer(directory);
        return false;
    }
    bool good = entry_place_.lock(pages_, meta_, directory_, directory, BUFFER_LOCK_SHARE);
    if (good) {
        const bool exact = entries_are_exact(links, directory, at.owner);
        LockBuffer(directory, BUFFER_LOCK_UNLOCK);
        good = exact || write_entries(links, directory, at.owner);
    }
    UnlockReleaseBuffer(links);
    ReleaseBuffer(directory);
    return good;
}

BulkDeleteResult BulkDelete::run() {
    const uint32_t pages = layout_.traversal.first_page;  // traversal follows the links
    // The file may end before pages that were never used, when it is damaged.
    const BlockNumber blocks = RelationGetNumberOfBlocks(index_);
    for (uint32_t group = 0; group < meta_.header.groups && group <= meta_.header.fill_group;
         ++group)
        for (uint32_t page = 0; page < pages; ++page) {
            delay_point();
            const LinksPage at{group_block(meta_, group, layout_.group_pages) + page,
                               group * layout_.group_nodes + page * layout_.links.slots_per_page};
            if (at.block >= blocks && group == meta_.header.fill_group) continue;
            bool change = false;
            if (!look(at, &change) || (change && !clean(at))) pages_.report();
            TEST_POINT("vacuum-cleaned");
            if (directory_.per_page > 0 && !update_entries(at)) pages_.report();
        }
    return result_;
}

}  // namespace

BulkDeleteResult remove_dead_tids(Relation index, BufferAccessStrategy strategy,
                                  IndexBulkDeleteCallback callback, void* callback_state) {
    const BulkDeleteResult result = BulkDelete(index, strategy, callback, callback_state).run();
    if (result.removed > 0)
        edit_meta(index, kMetaBlock, WriteMode::Logged, [&](char*, MetaPage& meta) {
            meta.header.live_nodes = result.live;
            meta.header.tombstones = result.tombstones;
        });
    return result;
}

}  // namespace vectidx
