#include "pg/pages/tid_chain.hpp"

#include <algorithm>

#include "pg/pages/free_blocks.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

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

bool ChainPosition::move(BlockNo next_block, uint16_t next_slot) {
    block = next_block;
    slot = next_slot;
    if (at_end()) return true;
    if (block == mark_block && slot == mark_slot) return false;
    if (++steps < turn) return true;
    mark_block = block;
    mark_slot = slot;
    steps = 0;
    turn = turn < UINT32_MAX / 2 ? 2 * turn : turn;
    return true;
}

bool lock_tids_page(PageReader& pages, BlockNo block, uint32_t generation, int mode,
                    Buffer* buffer) {
    if (!pages.pin(block, buffer)) return false;
    // Without a lock: the kind of a page that a chain leads to does not change.
    const char* fault = page_fault(BufferGetPage(*buffer), tids_identity(generation));
    if (fault != nullptr) {
        ReleaseBuffer(*buffer);
        return pages.fail(block, fault);
    }
    LockBuffer(*buffer, mode);
    fault = page_fault(BufferGetPage(*buffer), tids_identity(generation));
    if (fault == nullptr) return true;
    UnlockReleaseBuffer(*buffer);
    return pages.fail(block, fault);
}

const char* tid_slot_fault(const char* page, uint16_t slot) {
    if (slot >= kTidSlotsPerPage) return "a TID slot is out of range";
    return valid_tid_slot(tid_slot(page, slot)) ? nullptr : "invalid TID slot";
}

const char* tid_slot_fault(const char* page, uint16_t slot, NodeId owner) {
    const char* fault = tid_slot_fault(page, slot);
    if (fault != nullptr || tid_slot(page, slot).owner == owner) return fault;
    return "a TID slot belongs to another node";
}

bool list_tids_pages(PageReader& pages, const MetaHeader& header, Array<BlockNo>* blocks) {
    const BlockNumber all = RelationGetNumberOfBlocks(pages.relation());
    for (BlockNo block = header.tids_block; block != kNoBlock;) {
        CHECK_FOR_INTERRUPTS();
        if (blocks->size() > all) return pages.fail(block, "the TID pages form a ring");
        blocks->push_back(block);
        const bool read =
            pages.read(block, tids_identity(header.generation), [&](const char* page) {
                block = page_tag(page)->next;
                return nullptr;
            });
        if (!read) return false;
    }
    return true;
}

void list_tids_pages(Relation rel, const MetaHeader& header, Array<BlockNo>* blocks) {
    PageReader pages(rel, kMetaBlock, header);
    if (!list_tids_pages(pages, header, blocks)) pages.report();
}

void init_tids_page(char* page, BlockNo next) {
    page_tag(page)->next = next;  // so that all of them can be listed
    for (uint16_t i = 0; i < kTidSlotsPerPage; ++i) {
        *edit_tid_slot(page, i) = {};
        edit_tid_slot(page, i)->owner = kNoNode;
    }
    set_page_end(page, kPayloadAt + kTidSlotsPerPage * sizeof(TidSlot));
}

// One slot, and the way to the next.
bool NodeStore::read_tid_slot(NodeId id, ChainPosition* position, HeapTid* tids, uint32_t* count) {
    const BlockNo block = position->block;
    Buffer buffer;
    if (!vectidx::lock_tids_page(pages_, block, meta_.header.generation, BUFFER_LOCK_SHARE,
                                 &buffer))
        return false;
    const char* page = BufferGetPage(buffer);
    const char* fault = tid_slot_fault(page, position->slot, id);
    if (fault == nullptr) {
        const TidSlot& slot = tid_slot(page, position->slot);
        *count = slot.count;
        std::copy_n(slot.tids, slot.count, tids);
        if (!position->move(slot.next_block, slot.next_slot))
            fault = "a chain of TID slots forms a ring";
    }
    UnlockReleaseBuffer(buffer);
    return fault == nullptr || pages_.fail(block, fault);
}

// The start of a node's chain, as of now.
bool NodeStore::begin_chain(NodeId id, ChainPosition* position) {
    const uint32_t walks = position->walks + 1;
    const BlockNo fault_block = position->fault_block;
    const MetaHeader& h = meta_.header;
    const uint64_t version = h.version, retired_xid = h.retired_xid;
    const uint32_t cuts = h.cuts;
    const bool read = read_links(id, [&](const NodeView& node) {
        *position = {node.header().overflow_block, node.header().overflow_slot};
    });
    position->walks = walks;
    position->version = version;
    position->retired_xid = retired_xid;
    position->cuts = cuts;
    position->fault_block = fault_block;
    return read;
}

// Whether blocks may have been given up since the walk began, of which it read others' bytes then.
// The walk of a first time may have been long; one that repeats it is quick.
bool NodeStore::chain_moved(const ChainPosition& position) {
    look_again();
    const MetaHeader& h = meta_.header;
    if (position.walks == 1) return h.version != position.version;
    return h.cuts != position.cuts || h.retired_xid != position.retired_xid;
}

bool NodeStore::read_chain(NodeId id, ChainPosition* position, HeapTid* tids, uint32_t* count) {
    *count = 0;
    if (position->at_end()) return true;
    // A careful reader must know how old the start is.
    if (position->walks == 0 && pages_.careful()) {
        look_again();
        if (stale() || !begin_chain(id, position)) return false;
        if (position->at_end()) return true;
    }
    while (!read_tid_slot(id, position, tids, count)) {
        const ChainPosition failed = *position;
        const BlockNo block = pages_.fault().block;
        if (!look_again()) return false;
        if (failed.walks > 1 && block == failed.fault_block && !chain_moved(failed)) return false;
        position->fault_block = block;
        position->walks = std::max(1u, failed.walks);
        if (!begin_chain(id, position)) return false;
        if (position->at_end()) return true;
    }
    if (!position->at_end() || !pages_.careful()) return true;
    const bool moved = chain_moved(*position);
    return !stale() && (!moved || begin_chain(id, position));
}

bool NodeStore::lock_tids_page(BlockNo block, Buffer* buffer) {
    return vectidx::lock_tids_page(pages_, block, meta_.header.generation, BUFFER_LOCK_EXCLUSIVE,
                                   buffer);
}

// Adds a TID to the chain of a node whose links page is exclusively locked. NoRoom when a new Tids
// page has to be made first, which cannot be done under a content lock.
NodeStore::Chained NodeStore::add_to_chain(Buffer links, NodeId id, const Location& at, HeapTid tid,
                                           uint32_t source_checksum) {
    const NodeHeader h = NodeView(layout_, BufferGetPage(links) + at.offset).header();
    if (h.overflow_block != kNoBlock) {
        Buffer buffer;
        if (!lock_tids_page(h.overflow_block, &buffer)) return Chained::Failed;
        const char* page = BufferGetPage(buffer);
        const char* fault = tid_slot_fault(page, h.overflow_slot, id);
        const bool room = fault == nullptr && tid_slot(page, h.overflow_slot).count < kTidsPerSlot;
        if (room) {
            PageWrite write(rel_, mode_);
            char* links_page = write.edit(links);
            revive(NodeSlot(layout_, links_page + at.offset).header(), source_checksum);
            TidSlot* slot = edit_tid_slot(write.edit(buffer), h.overflow_slot);
            slot->tids[slot->count++] = tid;
            commit_tid(write);
        }
        UnlockReleaseBuffer(buffer);
        if (fault != nullptr) pages_.fail(h.overflow_block, fault);
        if (room || fault != nullptr) return room ? Chained::Done : Chained::Failed;
    }
    const BlockNumber block = meta_.header.tids_block;
    if (block == kNoBlock) return Chained::NoRoom;
    Buffer buffer;
    if (!lock_tids_page(block, &buffer)) return Chained::Failed;
    const uint16_t free = free_slot(BufferGetPage(buffer));
    if (free < kTidSlotsPerPage) {
        PageWrite write(rel_, mode_);
        NodeHeader& header = NodeSlot(layout_, write.edit(links) + at.offset).header();
        TidSlot* slot = edit_tid_slot(write.edit(buffer), free);
        *slot = {};
        slot->owner = id;
        slot->next_block = header.overflow_block;
        slot->next_slot = header.overflow_slot;
        slot->tids[slot->count++] = tid;
        header.overflow_block = block;
        header.overflow_slot = free;
        revive(header, source_checksum);
        commit_tid(write);
    }
    UnlockReleaseBuffer(buffer);
    return free < kTidSlotsPerPage ? Chained::Done : Chained::NoRoom;
}

// Makes an empty Tids page and names it in the metapage, unless somebody just did.
//
// LOCKS: lock for extending -> new page -> metapage.
void NodeStore::add_tids_page() {
    const BlockNumber full = meta_.header.tids_block;
    lock_extension(rel_);
    refresh_extents();
    if (meta_.header.tids_block == full) {
        const BlockNumber block = take_blocks(graph_pages(), {1, 1, Choice::Shortest}).first;
        const Buffer buffer = lock_unused(rel_, block);
        Buffer meta;
        const char* fault =
            try_lock_page(rel_, meta_block_, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE, &meta);
        if (fault != nullptr) {
            UnlockReleaseBuffer(buffer);
            report_corruption(rel_, meta_block_, fault);
        }
        PageWrite write(rel_, mode_);
        char* page = write.create(buffer, tids_identity(meta_.header.generation));
        init_tids_page(page, full);
        MetaHeader& h = meta_of(write.edit(meta)).header;
        h.tids_block = block;
        ++h.version;
        write.commit();
        UnlockReleaseBuffer(meta);
        UnlockReleaseBuffer(buffer);
        meta_.header.tids_block = block;
    }
    unlock_extension(rel_);
}

}  // namespace vectidx
