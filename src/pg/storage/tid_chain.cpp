#include "pg/storage/tid_chain.hpp"

#include <algorithm>

#include "pg/storage/node_store.hpp"

namespace vectidx {

namespace {

TidSlot* slot_at(char* page, uint16_t slot) {
    return reinterpret_cast<TidSlot*>(page + kPayloadAt) + slot;
}

PageIdentity tids_identity(uint32_t generation) {
    return {PageKind::Tids, generation, 0};
}

// A free slot of a Tids page, or kTidSlotsPerPage.
uint16_t free_slot(const char* page) {
    const auto* slots = reinterpret_cast<const TidSlot*>(page + kPayloadAt);
    uint16_t i = 0;
    while (i < kTidSlotsPerPage && slots[i].owner != kNoNode)
        ++i;
    return i;
}

}  // namespace

void ChainPosition::move(Relation rel, BlockNo next_block, uint16_t next_slot) {
    block = next_block;
    slot = next_slot;
    if (at_end()) return;
    if (block == mark_block && slot == mark_slot)
        report_corruption(rel, block, "a chain of TID slots forms a ring");
    if (++steps < turn) return;
    mark_block = block;
    mark_slot = slot;
    steps = 0;
    turn = turn < UINT32_MAX / 2 ? 2 * turn : turn;
}

Buffer lock_tids_page(Relation rel, BlockNo block, uint32_t generation, int mode) {
    // PostgreSQL's own error for a block far beyond the end is an internal one.
    if (block >= RelationGetNumberOfBlocks(rel))
        report_corruption(rel, block, "a chain of TIDs leads beyond the end of the file");
    const Buffer buffer = read_buffer(rel, block);
    // Without a lock: the kind of a page that a chain leads to does not change.
    check_page(rel, block, BufferGetPage(buffer), tids_identity(generation));
    LockBuffer(buffer, mode);
    check_page(rel, block, BufferGetPage(buffer), tids_identity(generation));
    return buffer;
}

const TidSlot& checked_tid_slot(Relation rel, BlockNumber block, const char* page, uint16_t slot) {
    if (slot >= kTidSlotsPerPage) report_corruption(rel, block, "a TID slot is out of range");
    const auto& found = *(reinterpret_cast<const TidSlot*>(page + kPayloadAt) + slot);
    if (!valid_tid_slot(found)) report_corruption(rel, block, "a TID slot makes no sense");
    return found;
}

uint32_t read_chain(Relation rel, uint32_t generation, NodeId owner, ChainPosition* position,
                    HeapTid* tids) {
    uint32_t count = 0;
    const Buffer buffer = lock_tids_page(rel, position->block, generation, BUFFER_LOCK_SHARE);
    const TidSlot& slot =
        checked_tid_slot(rel, position->block, BufferGetPage(buffer), position->slot);
    if (slot.owner == owner) {
        count = slot.count;
        std::copy_n(slot.tids, count, tids);
        position->move(rel, slot.next_block, slot.next_slot);
    } else {
        position->move(rel, kNoBlock, 0);
    }
    UnlockReleaseBuffer(buffer);
    return count;
}

void list_tids_pages(Relation rel, const MetaHeader& header, Array<BlockNo>* blocks) {
    const BlockNumber all = RelationGetNumberOfBlocks(rel);
    for (BlockNo block = header.tids_block; block != kNoBlock;) {
        CHECK_FOR_INTERRUPTS();
        if (blocks->size() > all) report_corruption(rel, block, "the TID pages form a circle");
        blocks->push_back(block);
        read_page(rel, block, tids_identity(header.generation),
                  [&](const char* page) { block = page_tag(page)->next; });
    }
}

// Adds a TID to the chain of a node whose links page is exclusively locked. Returns false when a
// new Tids page has to be made first, which cannot be done under a content lock.
bool NodeStore::add_to_chain(Buffer links, NodeId id, const Location& at, HeapTid tid,
                             uint32_t original) {
    const NodeView node = checked_node(links, at);
    const NodeHeader& h = node.header();
    const uint32_t generation = meta_.header.generation;
    if (h.overflow_block != kNoBlock) {
        const Buffer buffer =
            lock_tids_page(rel_, h.overflow_block, generation, BUFFER_LOCK_EXCLUSIVE);
        const TidSlot& head =
            checked_tid_slot(rel_, h.overflow_block, BufferGetPage(buffer), h.overflow_slot);
        if (head.owner != id)
            report_corruption(rel_, h.overflow_block, "a TID slot belongs to another node");
        if (head.count < kTidsPerSlot) {
            PageWrite write(rel_, mode_);
            char* links_page = write.edit(links);
            revive(NodeSlot(layout_, links_page + at.offset).header(), original);
            TidSlot* slot = slot_at(write.edit(buffer), h.overflow_slot);
            slot->tids[slot->count++] = tid;
            commit_tid(write);
            UnlockReleaseBuffer(buffer);
            return true;
        }
        UnlockReleaseBuffer(buffer);
    }
    const BlockNumber block = meta_.header.tids_block;
    if (block == kNoBlock) return false;
    const Buffer buffer = lock_tids_page(rel_, block, generation, BUFFER_LOCK_EXCLUSIVE);
    const uint16_t free = free_slot(BufferGetPage(buffer));
    if (free < kTidSlotsPerPage) {
        PageWrite write(rel_, mode_);
        NodeHeader& header = NodeSlot(layout_, write.edit(links) + at.offset).header();
        TidSlot* slot = slot_at(write.edit(buffer), free);
        *slot = {};
        slot->owner = id;
        slot->next_block = header.overflow_block;
        slot->next_slot = header.overflow_slot;
        slot->tids[slot->count++] = tid;
        header.overflow_block = block;
        header.overflow_slot = free;
        revive(header, original);
        commit_tid(write);
    }
    UnlockReleaseBuffer(buffer);
    return free < kTidSlotsPerPage;
}

// Makes an empty Tids page and names it in the metapage, unless somebody just did.
//
// LOCKS: lock for extending -> new page -> metapage.
void NodeStore::add_tids_page() {
    const BlockNumber full = meta_.header.tids_block;
    const bool shared = !RELATION_IS_LOCAL(rel_);
    if (shared) LockRelationForExtension(rel_, ExclusiveLock);
    refresh_extents();
    if (meta_.header.tids_block == full) {
        const BlockNumber block = extend_relation(rel_, MAIN_FORKNUM, 1, true);
        const Buffer buffer = ReadBuffer(rel_, block);
        LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
        const Buffer meta = lock_page(rel_, meta_block_, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE);
        PageWrite write(rel_, mode_);
        char* page = write.create(buffer, tids_identity(meta_.header.generation));
        page_tag(page)->next = full;  // so that all of them can be listed
        for (uint16_t i = 0; i < kTidSlotsPerPage; ++i) {
            *slot_at(page, i) = {};
            slot_at(page, i)->owner = kNoNode;
        }
        set_page_end(page, kPayloadAt + kTidSlotsPerPage * sizeof(TidSlot));
        MetaHeader& h = reinterpret_cast<MetaPage*>(write.edit(meta) + kPayloadAt)->header;
        h.tids_block = block;
        ++h.version;
        write.commit();
        UnlockReleaseBuffer(meta);
        UnlockReleaseBuffer(buffer);
        meta_.header.tids_block = block;
    }
    if (shared) UnlockRelationForExtension(rel_, ExclusiveLock);
}

}  // namespace vectidx
