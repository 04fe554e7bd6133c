// Appending a node: claiming the next slot, and growing the index by groups of pages.
#include <algorithm>

#include "core/layout/stored_vector.hpp"

#include "pg/pages/node_store.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

void add_extent(MetaPage& meta, BlockNumber first_block, uint32_t groups, uint32_t group_pages) {
    MetaHeader& h = meta.header;
    const Extent* last = h.extent_count > 0 ? &meta.extents[h.extent_count - 1] : nullptr;
    const bool joins =
        last != nullptr &&
        last->first_block + (h.groups - last->first_group) * group_pages == first_block;
    if (!joins) meta.extents[h.extent_count++] = {first_block, h.groups};
    h.groups += groups;
}

// Where the next group is wanted: behind the last one, so that both make one extent. Extents are
// few. When half of them are in use, blocks elsewhere have to be many enough to be worth one.
BlockRequest group_request(const MetaPage& meta, uint32_t group_pages) {
    const MetaHeader& h = meta.header;
    BlockRequest request = {group_pages, group_pages, Choice::Longest};
    if (h.extent_count == 0) return request;
    request.joins = group_block(meta, h.groups - 1, group_pages) + group_pages;
    if (h.extent_count >= max_extents(h) / 2) request.at_least = h.groups / 128 * group_pages;
    request.joins_only = h.extent_count == max_extents(h);
    return request;
}

// The fault of a page to write on; nullptr also for a new page.
const char* fault_unless_new(Buffer buffer, const PageIdentity& identity) {
    const char* page = BufferGetPage(buffer);
    return PageIsNew(const_cast<char*>(page)) ? nullptr : page_fault(page, identity);
}

// The page's image for writing: a new page where nothing was written yet, which older versions
// left.
// REQUIRES: fault_unless_new() found nothing.
char* edit_or_create(PageWrite& write, Buffer buffer, const PageIdentity& identity) {
    return PageIsNew(BufferGetPage(buffer)) ? write.create(buffer, identity) : write.edit(buffer);
}

void extend_end(char* page, uint32_t end) {
    if (end > page_end(page)) set_page_end(page, end);
}

}  // namespace

// The lowest free slot of a links page of the group that is being filled. When it is taken, the
// page is pinned and exclusively locked.
NodeStore::Claim NodeStore::claim_on_page(uint32_t page, NodeId* id, Buffer* buffer) {
    const uint32_t group = meta_.header.fill_group;
    const uint32_t first_index = page * layout_.links.slots_per_page;
    const NodeId owner = group * layout_.group_nodes + first_index;
    const BlockNumber block = group_block(meta_, group, layout_.group_pages) + page;
    const uint32_t slots =
        std::min(layout_.links.slots_per_page, layout_.group_nodes - first_index);
    if (!pages_.pin(block, buffer)) return Claim::Failed;
    LockBuffer(*buffer, BUFFER_LOCK_EXCLUSIVE);
    const char* fault =
        fault_unless_new(*buffer, {PageKind::Links, meta_.header.generation, owner});
    uint32_t slot = 0;
    if (fault == nullptr && !PageIsNew(BufferGetPage(*buffer)))
        slot = (page_end(BufferGetPage(*buffer)) - kPayloadAt) / layout_.slot_size;
    if (fault == nullptr && slot < slots) {
        *id = owner + slot;
        return Claim::Taken;
    }
    UnlockReleaseBuffer(*buffer);
    if (fault == nullptr) return Claim::Full;
    pages_.fail(block, fault);
    return Claim::Failed;
}

// The next free slot of the index, on a page that is pinned and exclusively locked; InvalidBuffer
// when it failed. *directory: the page with the node's entry, pinned, where there is one.
Buffer NodeStore::claim_slot(NodeId* id, Buffer* directory) {
    *directory = InvalidBuffer;
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        release_entry(*directory);
        *directory = InvalidBuffer;
        if (meta_.header.groups > 0) {
            // All nodes of a group have their entries on one page.
            if (!pin_entry(meta_.header.fill_group * layout_.group_nodes, directory))
                return InvalidBuffer;
            const uint32_t pages = layout_.traversal.first_page;  // traversal follows the links
            for (uint32_t page = 0; page < pages; ++page) {
                Buffer buffer;
                const Claim claim = claim_on_page(page, id, &buffer);
                if (claim == Claim::Taken) return buffer;
                if (claim == Claim::Failed) return InvalidBuffer;
            }
        }
        advance_group();
    }
}

// Moves on to the next group, and adds one when there is none. The holder of the lock for extending
// does so; others find it done. The metapage is read once, to see which.
//
// LOCKS: lock for extending -> pages of the group -> metapage. No content lock is held.
void NodeStore::advance_group() {
    const uint32_t full = meta_.header.fill_group;
    const bool was_empty = meta_.header.groups == 0;
    lock_extension(rel_);
    refresh_extents();
    const bool stale = was_empty ? meta_.header.groups > 0 : meta_.header.fill_group != full;
    if (!stale) {
        const uint32_t group = was_empty ? 0 : full + 1;
        const uint32_t nodes = (group + 1) * layout_.group_nodes;
        // Before the metapage counts the group, so that every node has a place.
        while (has_directory() && directory_of(meta_).pages < directory_pages(directory_, nodes))
            add_directory_page(graph_pages(), directory_, &meta_);
        MetaPage next = meta_;
        if (group == meta_.header.groups)
            add_extent(next, allocate_group(), 1, layout_.group_pages);
        create_group(group, group_block(next, group, layout_.group_pages));
        TEST_POINT("group-created");
        next.header.fill_group = group;
        // Only these fields are under the lock for extending; others may have changed meanwhile.
        edit_meta(rel_, meta_block_, mode_, [&](char*, MetaPage& meta) {
            meta.header.groups = next.header.groups;
            meta.header.fill_group = next.header.fill_group;
            meta.header.extent_count = next.header.extent_count;
            std::copy_n(next.extents, next.header.extent_count, meta.extents);
        });
        next.header.free_block = meta_.header.free_block;
        meta_ = next;
    }
    unlock_extension(rel_);
}

// The first block of a new group.
BlockNumber NodeStore::allocate_group() {
    if (meta_.header.groups < kNoNode / layout_.group_nodes - 1) {
        const Run run = take_blocks(graph_pages(), group_request(meta_, layout_.group_pages));
        if (run.count > 0) return run.first;
    }
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("index \"%s\" is full", RelationGetRelationName(rel_)),
                    errdetail("It has %u nodes in %u extents.",
                              meta_.header.groups * layout_.group_nodes, meta_.header.extent_count),
                    errhint("Please REINDEX it.")));
}

// Writes the empty pages of a group. The metapage counts the group only afterwards, so that every
// group it counts exists after a crash, too. Older versions counted groups before that; the file
// may end before those.
void NodeStore::create_group(uint32_t group, BlockNumber first) {
    const uint32_t pages = layout_.group_pages;
    const BlockNumber blocks = RelationGetNumberOfBlocks(rel_);
    if (first + pages > blocks) {
        drop_outdated(graph_pages());
        extend_relation(rel_, MAIN_FORKNUM, first + pages - blocks, true);
    }
    for (uint32_t page = 0; page < pages; ++page) {
        const Buffer buffer = lock_unused(rel_, first + page);
        PageWrite write(rel_, mode_);
        write.create(buffer, {layout_.page_kind(page), meta_.header.generation,
                              group * layout_.group_nodes + layout_.first_node(page)});
        write.commit();
        UnlockReleaseBuffer(buffer);
    }
}

// Writes the parts of a node whose own vector does not fit on its links page. Nobody reads them
// before the links slot is there.
bool NodeStore::write_out_of_line(NodeId id, const uint8_t* own, const uint8_t* refinement) {
    auto write_part = [&](const PartLayout& part, PageKind kind, const uint8_t* bytes) {
        if (part.bytes == 0) return true;
        for (uint32_t piece = 0, from = 0; piece < part.pages_per_slot; ++piece) {
            const Location at = place(id, part, piece);
            Buffer buffer;
            if (!pages_.pin(at.block, &buffer)) return false;
            LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
            const char* fault = fault_unless_new(buffer, identity(kind, at));
            if (fault == nullptr) {
                PageWrite write(rel_, mode_);
                char* page = edit_or_create(write, buffer, identity(kind, at));
                memcpy(page + at.offset, bytes + from, at.bytes);
                extend_end(page, at.offset + at.bytes);
                write.commit();
            }
            UnlockReleaseBuffer(buffer);
            if (fault != nullptr) return pages_.fail(at.block, fault);
            from += at.bytes;
        }
        return true;
    };
    return write_part(layout_.traversal, PageKind::Traversal, own) &&
           write_part(layout_.refinement, PageKind::Refinement, refinement);
}

// The page for the refinement of a node that has it beside its slot, pinned and exclusively locked;
// InvalidBuffer when it failed.
Buffer NodeStore::lock_refinement(NodeId id, Location* at) {
    *at = place(id, layout_.refinement, 0);
    Buffer buffer;
    if (!pages_.pin(at->block, &buffer)) return InvalidBuffer;
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    const char* fault = fault_unless_new(buffer, identity(PageKind::Refinement, *at));
    if (fault == nullptr) return buffer;
    UnlockReleaseBuffer(buffer);
    pages_.fail(at->block, fault);
    return InvalidBuffer;
}

// Writes the links slot, and with it the refinement of the vector where that has a page beside, and
// the entry in the directory: no entry is without its node.
//
// LOCKS: links page -> refinement page (a higher block of the same group) -> Directory page.
bool NodeStore::write_node(NodeId id, Buffer links, const NewNode& node, const uint8_t* refinement,
                           const NewEntry& entry) {
    const Location at = place(id, layout_.links, 0);
    const bool beside =
        layout_.placement() != VectorPlacement::OutOfLine && layout_.refinement.bytes > 0;
    const bool listed = BufferIsValid(entry.page);
    Location refinement_at{};
    const Buffer refinement_page = beside ? lock_refinement(id, &refinement_at) : InvalidBuffer;
    if (beside && !BufferIsValid(refinement_page)) return false;
    if (listed &&
        !entry_place_.lock(pages_, meta_, directory_, entry.page, BUFFER_LOCK_EXCLUSIVE)) {
        if (beside) UnlockReleaseBuffer(refinement_page);
        return false;
    }
    PageWrite write(rel_, mode_);
    char* page = edit_or_create(write, links, identity(PageKind::Links, at));
    NodeSlot slot(layout_, page + at.offset);
    slot.init(node);
    extend_end(page, at.offset + layout_.slot_size);
    if (beside) {
        char* to =
            edit_or_create(write, refinement_page, identity(PageKind::Refinement, refinement_at));
        memcpy(to + refinement_at.offset, refinement, refinement_at.bytes);
        extend_end(to, refinement_at.offset + refinement_at.bytes);
    }
    if (listed) {
        char* to = write.edit(entry.page);
        set_entry_rows(directory_, to, id % directory_.per_page, rows_of(slot));
        set_entry_code(directory_, to, id % directory_.per_page, entry.terms, entry.code);
    }
    write.commit();
    if (listed) LockBuffer(entry.page, BUFFER_LOCK_UNLOCK);
    if (beside) UnlockReleaseBuffer(refinement_page);
    return true;
}

void NodeStore::encode_entry(const NewNode& node, const uint8_t* own, NewEntry* entry) {
    uint64_t* code = arena_->alloc<uint64_t>(layout_.code_words());
    const VectorBuffer vector(*arena_, layout_.padded);
    traversal_from_bytes(layout_, own, node.scale, vector);
    entry->terms = encode_from_center(layout_, vector, node.norm2, *arena_, code);
    entry->code = code;
    arena_->free(vector.floats());
}

NodeId NodeStore::append(const NewNode& node) {
    auto* own = arena_->alloc<uint8_t>(layout_.own_bytes());
    auto* refinement = arena_->alloc<uint8_t>(layout_.refinement.bytes);
    split_values(layout_, node.values, own, refinement);
    NewEntry entry{};
    if (has_directory()) encode_entry(node, own, &entry);
    NodeId id = kNoNode;
    const Buffer links = claim_slot(&id, &entry.page);
    bool written = BufferIsValid(links);
    if (written && layout_.placement() == VectorPlacement::OutOfLine)
        written = write_out_of_line(id, own, refinement);
    written = written && write_node(id, links, node, refinement, entry);
    if (BufferIsValid(links)) UnlockReleaseBuffer(links);
    release_entry(entry.page);
    arena_->free(own);
    arena_->free(refinement);
    arena_->free(entry.code);
    return written ? id : kNoNode;
}

}  // namespace vectidx
