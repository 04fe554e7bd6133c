// Locating and changing nodes; append.cpp and tid_chain.cpp have the rest of NodeStore.
#include "pg/pages/node_store.hpp"

#include <algorithm>
#include <cstring>

#include "core/layout/pending.hpp"

#include "pg/test_point.hpp"

namespace vectidx {

NodeStore::Location NodeStore::place(NodeId id, const PartLayout& part, uint32_t piece) const {
    const uint32_t group = id / layout_.group_nodes;
    const uint32_t index = id % layout_.group_nodes;
    const Place place = layout_.place(part, index, piece);
    const BlockNumber first = group_block(meta_, group, layout_.group_pages);
    const uint32_t owner_index = index / part.slots_per_page * part.slots_per_page;
    return {first + place.page, place.offset, place.bytes, id - index + owner_index};
}

// It may have been added since the metapage was read.
bool NodeStore::find_group(NodeId id) {
    while (id / layout_.group_nodes >= meta_.header.groups) {
        pages_.fail(meta_block_, "a link leads beyond the last node");
        if (!look_again()) return false;
    }
    return true;
}

bool NodeStore::look_again() {
    alignas(8) char page[BLCKSZ];
    if (!pages_.changed(page)) return false;
    meta_ = meta_of(page);
    return true;
}

void NodeStore::refresh_extents() {
    look_again();
    if (stale()) report();
}

bool NodeStore::lock_node(NodeId id, Location* at, Buffer* buffer) {
    do {
        if (!locate(id, layout_.links, 0, at)) return false;
        if (!pages_.pin(at->block, buffer)) continue;
        LockBuffer(*buffer, BUFFER_LOCK_EXCLUSIVE);
        const char* fault = node_fault(BufferGetPage(*buffer), *at);
        if (fault == nullptr) return true;
        UnlockReleaseBuffer(*buffer);
        pages_.fail(at->block, fault);
    } while (look_again());
    return false;
}

// A node that gets a row is live, and a shared node when the row's vector is another than its first
// row's.
void NodeStore::revive(NodeHeader& header, uint32_t source_checksum) {
    header.state = NodeState::Live;
    if (header.source_checksum != source_checksum) header.flags |= kSharedNode;
}

bool NodeStore::pin_entry(NodeId id, Buffer* buffer) {
    *buffer = InvalidBuffer;
    if (!has_directory()) return true;
    // It may have been added since the metapage was read.
    if (id / layout_.group_nodes >= meta_.header.groups && !find_group(id)) return false;
    return entry_place_.pin(pages_, meta_, directory_, id, buffer);
}

void NodeStore::release_entry(Buffer buffer) {
    if (BufferIsValid(buffer)) ReleaseBuffer(buffer);
}

// Before a node gets a TID: lets its entry tell of it, in a record of its own. If the TID does not
// follow, the entry tells too much, which does no harm.
//
// LOCKS: links page (exclusively locked by the caller) -> Directory page.
bool NodeStore::cover(Buffer directory, NodeId id, const NodeView& node, HeapTid tid) {
    if (!BufferIsValid(directory)) return true;
    EntryRows rows = rows_of(node);
    if (rows.has_tid())
        rows.flags |= kEntryMore;
    else
        rows.tid = tid;
    if (!entry_place_.lock(pages_, meta_, directory_, directory, BUFFER_LOCK_EXCLUSIVE))
        return false;
    write_entry_rows(rel_, mode_, directory_, directory, id, rows);
    LockBuffer(directory, BUFFER_LOCK_UNLOCK);
    TEST_POINT("directory-covers");
    return true;
}

bool NodeStore::add_tid(NodeId id, HeapTid tid, uint32_t source_checksum) {
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        Location at;
        Buffer buffer, directory;
        if (!pin_entry(id, &directory)) return false;
        if (!lock_node(id, &at, &buffer)) {
            release_entry(directory);
            return false;
        }
        Chained result = Chained::Failed;
        if (cover(directory, id, NodeView(layout_, BufferGetPage(buffer) + at.offset), tid))
            result = add_to_slot(buffer, id, at, tid, source_checksum);
        UnlockReleaseBuffer(buffer);
        release_entry(directory);
        if (result != Chained::NoRoom) return result == Chained::Done;
        add_tids_page();
    }
}

// In the node's slot, or else on its chain. REQUIRES: the links page is exclusively locked.
NodeStore::Chained NodeStore::add_to_slot(Buffer links, NodeId id, const Location& at, HeapTid tid,
                                          uint32_t source_checksum) {
    const NodeView node(layout_, BufferGetPage(links) + at.offset);
    if (node.header().tid_count == layout_.choice.tid_capacity)
        return add_to_chain(links, id, at, tid, source_checksum);
    PageWrite write(rel_, mode_);
    NodeSlot slot(layout_, write.edit(links) + at.offset);
    slot.tids()[slot.header().tid_count++] = tid;
    revive(slot.header(), source_checksum);
    commit_tid(write);
    return Chained::Done;
}

// LOCKS: links page -> Tids page -> page of the pending list.
void NodeStore::commit_tid(PageWrite& write) {
    if (listed_ == nullptr) return write.commit();
    LockBuffer(listed_->page, BUFFER_LOCK_EXCLUSIVE);
    write.edit(listed_->page)[listed_->state_at] = static_cast<char>(PendingState::Removed);
    write.commit();
    LockBuffer(listed_->page, BUFFER_LOCK_UNLOCK);
}

bool NodeStore::take_tid(NodeId id, HeapTid tid, uint32_t source_checksum, const ListedRow& row) {
    listed_ = &row;
    const bool done = add_tid(id, tid, source_checksum);
    listed_ = nullptr;
    return done;
}

// Makes the edit unless the list changed since it was seen.
Edit NodeStore::apply(NodeId id, const NodeView& seen, const LinkEdit& edit) {
    Location at;
    Buffer buffer;
    if (!lock_node(id, &at, &buffer)) return Edit::Failed;
    const NodeView node(layout_, BufferGetPage(buffer) + at.offset);
    auto same = [&](uint32_t from, uint32_t to) {
        return std::memcmp(node.bytes() + from, seen.bytes() + from, to - from) == 0;
    };
    const bool unchanged = node.degree() == seen.degree() && same(layout_.ids_at, layout_.own_at) &&
                           same(layout_.backfilled_at, layout_.tids_at);
    if (unchanged) {
        PageWrite write(rel_, mode_);
        NodeSlot slot(layout_, write.edit(buffer) + at.offset);
        slot.set_link(edit.position, edit.link, edit.code);
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
    return unchanged ? Edit::Made : Edit::Refused;
}

bool NodeStore::set_entry(uint32_t position, const Link& link, const uint64_t* code) {
    bool fits = true;
    edit_meta(rel_, meta_block_, mode_, [&](char* page, MetaPage& meta) {
        fits = std::min(position, meta.header.entry_count) < entry_capacity();
        if (!fits) return;
        if (position >= meta.header.entry_count) position = meta.header.entry_count++;
        Entries(page, layout_.code_words()).set(position, link, code);
    });
    return fits || pages_.fail(meta_block_, "too many entry points");
}

// The first node is made under a heavyweight lock: two first nodes could not find each other.
bool NodeStore::claim_root() {
    if (!RELATION_IS_LOCAL(rel_)) LockPage(rel_, meta_block_, ExclusiveLock);
    refresh_state(rel_, *state_);
    meta_ = state_->meta();
    pages_.adopt(meta_.header);
    if (meta_.header.entry_count == 0) return true;
    release_root();
    return false;
}

void NodeStore::release_root() {
    if (!RELATION_IS_LOCAL(rel_)) UnlockPage(rel_, meta_block_, ExclusiveLock);
}

}  // namespace vectidx
