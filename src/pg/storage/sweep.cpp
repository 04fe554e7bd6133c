#include "pg/storage/sweep.hpp"

#include <algorithm>

#include "pg/storage/index_state.hpp"
#include "pg/storage/tid_chain.hpp"
#include "pg/storage/wal.hpp"

namespace vectidx {

namespace {

void delay_point() {
#if PG_VERSION_NUM >= 180000
    vacuum_delay_point(false);
#else
    vacuum_delay_point();
#endif
}

class Sweep {
  public:
    Sweep(Relation index, BufferAccessStrategy strategy, IndexBulkDeleteCallback callback,
          void* callback_state)
        : index_(index),
          strategy_(strategy),
          callback_(callback),
          callback_state_(callback_state),
          meta_copy_(index),
          layout_(meta_copy_.layout()),
          meta_(meta_copy_.meta()) {}

    SweepResult run();

  private:
    // One links page: its block, its first node, and whether something on it is to be changed.
    struct LinksPage {
        BlockNumber block;
        NodeId owner;
    };

    Buffer lock(const LinksPage& at, int mode) const;
    bool dead(const HeapTid& tid) const;
    bool look(const LinksPage& at);
    void clean(const LinksPage& at);
    void clean_node(NodeSlot slot, NodeId id);
    uint32_t clean_chain(NodeId id, ChainPosition head);
    void link_chain(NodeId id, const ChainPosition& from, const ChainPosition& to);
    uint32_t clean_chain_slot(NodeId id, ChainPosition* position);
    bool chain_is_empty(NodeId id, ChainPosition position) const;
    uint32_t node_count(Buffer buffer) const {
        return (page_end(BufferGetPage(buffer)) - kPayloadAt) / layout_.slot_size;
    }
    NodeView node(Buffer buffer, const LinksPage& at, uint32_t slot) const;

    Relation index_;
    BufferAccessStrategy strategy_;
    IndexBulkDeleteCallback callback_;
    void* callback_state_;
    CurrentMeta meta_copy_;
    const NodeLayout& layout_;
    const MetaPage& meta_;
    SweepResult result_{};
};

Buffer Sweep::lock(const LinksPage& at, int mode) const {
    const Buffer buffer = ReadBufferExtended(index_, MAIN_FORKNUM, at.block, RBM_NORMAL, strategy_);
    LockBuffer(buffer, mode);
    // A page that was never used: nothing behind it is.
    if (!PageIsNew(BufferGetPage(buffer)))
        check_page(index_, at.block, BufferGetPage(buffer),
                   {PageKind::Links, meta_.header.generation, at.owner});
    return buffer;
}

NodeView Sweep::node(Buffer buffer, const LinksPage& at, uint32_t slot) const {
    const NodeView view(layout_,
                        BufferGetPage(buffer) + kPayloadAt + size_t{slot} * layout_.slot_size);
    if (!view.sane()) report_corruption(index_, at.block, "a node makes no sense");
    return view;
}

bool Sweep::dead(const HeapTid& tid) const {
    ItemPointerData pointer;
    memcpy(&pointer, &tid, sizeof(pointer));
    return callback_(&pointer, callback_state_);
}

// Counts what is on a page, and cleans the chains of its nodes. Returns whether the page itself is
// to be changed.
bool Sweep::look(const LinksPage& at) {
    struct Chain {
        NodeId id;
        ChainPosition head;
        bool no_inline_tid;
    };
    Chain chains[kPagePayload / sizeof(NodeHeader)];
    uint32_t chain_count = 0;
    bool change = false;
    const Buffer buffer = lock(at, BUFFER_LOCK_SHARE);
    const uint32_t nodes = PageIsNew(BufferGetPage(buffer)) ? 0 : node_count(buffer);
    for (uint32_t slot = 0; slot < nodes; ++slot) {
        const NodeView view = node(buffer, at, slot);
        const NodeHeader& h = view.header();
        uint32_t alive = 0;
        for (uint32_t i = 0; i < h.tid_count; ++i)
            alive += !dead(view.tids()[i]);
        result_.removed += h.tid_count - alive;
        result_.remaining += alive;
        change = change || alive < h.tid_count;
        if (h.overflow_block != kNoBlock)
            chains[chain_count++] = {
                at.owner + slot, {h.overflow_block, h.overflow_slot}, alive == 0};
        else
            ++(alive > 0 ? result_.live : result_.tombstones);
    }
    UnlockReleaseBuffer(buffer);
    for (uint32_t i = 0; i < chain_count; ++i) {
        const uint32_t alive = clean_chain(chains[i].id, chains[i].head);
        result_.remaining += alive;
        const bool empty = alive == 0 && chains[i].no_inline_tid;
        ++(empty ? result_.tombstones : result_.live);
        change = change || empty;
    }
    return change;
}

// Removes dead TIDs from a chain and returns how many are left. Empty slots leave the chain, so
// that it does not grow with every UPDATE of its rows; they keep their bytes, because a scan may
// stand on one and goes on from there. The head stays: inserts fill it.
uint32_t Sweep::clean_chain(NodeId id, ChainPosition head) {
    uint32_t alive = 0;
    ChainPosition kept = head;
    bool gap = false;
    for (ChainPosition at = head; !at.at_end();) {
        delay_point();
        const ChainPosition here = at;
        const uint32_t count = clean_chain_slot(id, &at);
        alive += count;
        const bool is_head = here.block == head.block && here.slot == head.slot;
        if (count > 0 && gap) link_chain(id, kept, here);
        if (count > 0) kept = here;
        gap = count == 0 && (gap || !is_head);
    }
    if (gap) link_chain(id, kept, {kNoBlock, 0});
    return alive;
}

// Lets one slot of a chain be followed by another.
void Sweep::link_chain(NodeId id, const ChainPosition& from, const ChainPosition& to) {
    const Buffer buffer =
        lock_tids_page(index_, from.block, meta_.header.generation, BUFFER_LOCK_EXCLUSIVE);
    if (checked_tid_slot(index_, from.block, BufferGetPage(buffer), from.slot).owner == id) {
        PageWrite write(index_, WriteMode::Logged);
        auto* slot = reinterpret_cast<TidSlot*>(write.edit(buffer) + kPayloadAt) + from.slot;
        slot->next_block = to.block;
        slot->next_slot = to.slot;
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
}

uint32_t Sweep::clean_chain_slot(NodeId id, ChainPosition* position) {
    const ChainPosition at = *position;
    const Buffer buffer =
        lock_tids_page(index_, at.block, meta_.header.generation, BUFFER_LOCK_EXCLUSIVE);
    const TidSlot& slot = checked_tid_slot(index_, at.block, BufferGetPage(buffer), at.slot);
    if (slot.owner == id)
        position->move(index_, slot.next_block, slot.next_slot);
    else
        position->move(index_, kNoBlock, 0);
    TidSlot kept = slot;
    kept.count = 0;
    std::fill_n(kept.tids, kTidsPerSlot, HeapTid{});
    for (uint32_t i = 0; slot.owner == id && i < slot.count; ++i)
        if (!dead(slot.tids[i])) kept.tids[kept.count++] = slot.tids[i];
    if (slot.owner == id && kept.count < slot.count) {
        result_.removed += slot.count - kept.count;
        PageWrite write(index_, WriteMode::Logged);
        char* page = write.edit(buffer);
        *(reinterpret_cast<TidSlot*>(page + kPayloadAt) + at.slot) = kept;
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
    return kept.count;
}

bool Sweep::chain_is_empty(NodeId id, ChainPosition position) const {
    HeapTid tids[kTidsPerSlot];
    while (!position.at_end())
        if (read_chain(index_, meta_.header.generation, id, &position, tids) > 0) return false;
    return true;
}

// Removes dead TIDs from the slots of a page.
void Sweep::clean(const LinksPage& at) {
    const Buffer buffer = lock(at, BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(index_, WriteMode::Logged);
    char* page = write.edit(buffer);
    const uint32_t nodes = node_count(buffer);
    for (uint32_t slot = 0; slot < nodes; ++slot) {
        node(buffer, at, slot);
        clean_node(NodeSlot(layout_, page + kPayloadAt + size_t{slot} * layout_.slot_size),
                   at.owner + slot);
    }
    write.commit();
    UnlockReleaseBuffer(buffer);
}

void Sweep::clean_node(NodeSlot slot, NodeId id) {
    NodeHeader& h = slot.header();
    HeapTid* before = slot.tids() + h.tid_count;
    HeapTid* end =
        std::remove_if(slot.tids(), before, [this](const HeapTid& tid) { return dead(tid); });
    std::fill(end, before, HeapTid{});  // the checker knows places that are not in use by that
    h.tid_count = static_cast<uint8_t>(end - slot.tids());
    // Nobody can add a TID while the page is locked, so what is empty stays empty.
    if (h.tid_count == 0 && chain_is_empty(id, {h.overflow_block, h.overflow_slot}))
        h.state = NodeState::Tombstone;
}

SweepResult Sweep::run() {
    const uint32_t pages = layout_.steering.first_page;  // steering follows the links
    // The file may end before pages that were never used, when it is damaged.
    const BlockNumber blocks = RelationGetNumberOfBlocks(index_);
    for (uint32_t group = 0; group < meta_.header.groups && group <= meta_.header.fill_group;
         ++group)
        for (uint32_t page = 0; page < pages; ++page) {
            delay_point();
            const LinksPage at{group_block(meta_, group, layout_.group_pages) + page,
                               group * layout_.group_nodes + page * layout_.links.slots_per_page};
            if (at.block >= blocks && group == meta_.header.fill_group) continue;
            if (look(at)) clean(at);
        }
    return result_;
}

}  // namespace

SweepResult remove_dead_tids(Relation index, BufferAccessStrategy strategy,
                             IndexBulkDeleteCallback callback, void* callback_state) {
    const SweepResult result = Sweep(index, strategy, callback, callback_state).run();
    if (result.removed > 0)
        edit_meta(index, kMetaBlock, WriteMode::Logged, [&](char*, MetaPage& meta) {
            meta.header.live_nodes = result.live;
            meta.header.tombstones = result.tombstones;
        });
    return result;
}

}  // namespace vectidx
