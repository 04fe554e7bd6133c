// Locating, checking and changing nodes; append.cpp and tid_chain.cpp have the rest of NodeStore.
#include "pg/storage/node_store.hpp"

#include <cstring>

#include "core/format/pending.hpp"

namespace vectidx {

NodeStore::Location NodeStore::locate(NodeId id, const PartLayout& part, uint32_t piece) {
    const uint32_t group = id / layout_.group_nodes;
    const uint32_t index = id % layout_.group_nodes;
    if (group >= meta_.header.groups) {
        refresh_extents();  // it may have been added since
        if (group >= meta_.header.groups)
            report_corruption(rel_, meta_block_, "a link leads beyond the last node");
    }
    const Place place = layout_.place(part, index, piece);
    const BlockNumber first = group_block(meta_, group, layout_.group_pages);
    const uint32_t owner_index = index / part.slots_per_page * part.slots_per_page;
    return {first + place.page, place.offset, place.bytes, id - index + owner_index};
}

void NodeStore::refresh_extents() {
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    read_meta(rel_, meta_block_, page, &layout);
    const auto& meta = *reinterpret_cast<const MetaPage*>(page + kPayloadAt);
    if (meta.header.generation != meta_.header.generation) report_generation(rel_);
    meta_ = meta;
}

NodeView NodeStore::checked_node(Buffer buffer, const Location& at) const {
    const char* page = BufferGetPage(buffer);
    if (at.offset + layout_.slot_size > page_end(page))
        report_corruption(rel_, at.block, "a link leads to a node that was never written");
    const NodeView node(layout_, page + at.offset);
    if (!node.sane()) report_corruption(rel_, at.block, "a node makes no sense");
    return node;
}

// A node that gets a row is live, and mixed when the row's vector is another than its first row's.
void NodeStore::revive(NodeHeader& header, uint32_t original) {
    header.state = NodeState::Live;
    if (header.original != original) header.flags |= kMixed;
}

void NodeStore::add_tid(NodeId id, HeapTid tid, uint32_t original) {
    const Location at = locate(id, layout_.links, 0);
    for (bool done = false; !done;) {
        CHECK_FOR_INTERRUPTS();
        const Buffer buffer =
            lock_page(rel_, at.block, identity(PageKind::Links, at), BUFFER_LOCK_EXCLUSIVE);
        const NodeView node = checked_node(buffer, at);
        if (node.header().tid_count < layout_.choice.tid_capacity) {
            PageWrite write(rel_, mode_);
            NodeSlot slot(layout_, write.edit(buffer) + at.offset);
            slot.tids()[slot.header().tid_count++] = tid;
            revive(slot.header(), original);
            commit_tid(write);
            done = true;
        } else {
            done = add_to_chain(buffer, id, at, tid, original);
        }
        UnlockReleaseBuffer(buffer);
        if (!done) add_tids_page();
    }
}

// LOCKS: links page -> Tids page -> page of the pending list.
void NodeStore::commit_tid(PageWrite& write) {
    if (listed_ == nullptr) return write.commit();
    LockBuffer(listed_->page, BUFFER_LOCK_EXCLUSIVE);
    write.edit(listed_->page)[listed_->state_at] = static_cast<char>(PendingState::Removed);
    write.commit();
    LockBuffer(listed_->page, BUFFER_LOCK_UNLOCK);
}

void NodeStore::take_tid(NodeId id, HeapTid tid, uint32_t original, const ListedRow& row) {
    listed_ = &row;
    add_tid(id, tid, original);
    listed_ = nullptr;
}

// Makes the edit unless the list changed since it was seen.
bool NodeStore::apply(NodeId id, const NodeView& seen, const LinkEdit& edit) {
    const Location at = locate(id, layout_.links, 0);
    const Buffer buffer =
        lock_page(rel_, at.block, identity(PageKind::Links, at), BUFFER_LOCK_EXCLUSIVE);
    const NodeView node = checked_node(buffer, at);
    auto same = [&](uint32_t from, uint32_t to) {
        return std::memcmp(node.bytes() + from, seen.bytes() + from, to - from) == 0;
    };
    const bool unchanged = node.degree() == seen.degree() && same(layout_.ids_at, layout_.own_at) &&
                           same(layout_.filler_at, layout_.tids_at);
    if (unchanged) {
        PageWrite write(rel_, mode_);
        NodeSlot slot(layout_, write.edit(buffer) + at.offset);
        slot.set_link(edit.position, edit.link, edit.code);
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
    return unchanged;
}

void NodeStore::set_entry(uint32_t position, const Link& link, const uint64_t* code) {
    edit_meta(rel_, meta_block_, mode_, [&](char* page, MetaPage& meta) {
        if (position >= meta.header.entry_count) {
            if (meta.header.entry_count >= entry_capacity())
                report_corruption(rel_, meta_block_, "there are more entry points than fit");
            position = meta.header.entry_count++;
        }
        Entries(page, layout_.code_words()).set(position, link, code);
    });
}

// The first node is made under a heavyweight lock: two first nodes could not find each other.
bool NodeStore::claim_root() {
    if (!RELATION_IS_LOCAL(rel_)) LockPage(rel_, meta_block_, ExclusiveLock);
    refresh_state(rel_, *state_);
    meta_ = state_->meta();
    if (meta_.header.entry_count == 0) return true;
    release_root();
    return false;
}

void NodeStore::release_root() {
    if (!RELATION_IS_LOCAL(rel_)) UnlockPage(rel_, meta_block_, ExclusiveLock);
}

}  // namespace vectidx
