// Removing from the pending list: dead rows by vacuum, whole pages by a merge.
#include "pg/memory.hpp"
#include "pg/storage/pending_list.hpp"

namespace vectidx {

namespace {

struct DeadRows {
    IndexBulkDeleteCallback callback;
    void* callback_state;

    bool contains(const PendingEntry& entry) const {
        ItemPointerData pointer;
        memcpy(&pointer, &entry.tid, sizeof(pointer));
        return entry.state == PendingState::Waiting && callback(&pointer, callback_state);
    }
};

// Marks the dead rows of a page. Its rows were copied before; only more can have been added.
void mark_removed(Relation index, const PendingPages& pages, const PendingLayout& layout,
                  const DeadRows& dead) {
    const Buffer buffer = lock_page(index, pages.block(), {PageKind::Pending, 0, pages.sequence()},
                                    BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(index, WriteMode::Logged);
    char* page = write.edit(buffer);
    for (uint32_t i = 0; i < pages.count(); ++i)
        if (dead.contains(pages.entry(i)))
            reinterpret_cast<PendingEntry*>(page + kPayloadAt + size_t{i} * layout.entry_size)
                ->state = PendingState::Removed;
    write.commit();
    UnlockReleaseBuffer(buffer);
}

}  // namespace

PendingCounts remove_dead_pending(Relation index, IndexBulkDeleteCallback callback,
                                  void* callback_state) {
    const DeadRows dead{callback, callback_state};
    PendingCounts counts{};
    const PendingLayout layout = pending_layout(CurrentMeta(index).layout().words);
    Arena arena = context_arena(CurrentMemoryContext);
    for_pending_pages(
        index, arena, [&] { counts.remaining = 0; },
        [&](const PendingPages& pages) {
            uint32_t here = 0;
            for (uint32_t i = 0; i < pages.count(); ++i) {
                here += dead.contains(pages.entry(i));
                counts.remaining += pages.entry(i).state == PendingState::Waiting;
            }
            if (here == 0) return;
            mark_removed(index, pages, layout, dead);
            counts.removed += here;
            counts.remaining -= here;
        });
    return counts;
}

bool close_pending(Relation index, uint32_t* last) {
    const bool shared = !RELATION_IS_LOCAL(index);
    if (shared) LockRelationForExtension(index, ExclusiveLock);
    const MetaHeader h = CurrentMeta(index).header();
    if (h.pending_head != kNoBlock) {
        const Buffer buffer = lock_page(
            index, h.pending_tail, {PageKind::Pending, 0, h.pending_last}, BUFFER_LOCK_EXCLUSIVE);
        PageWrite write(index, WriteMode::Logged);
        page_tag(write.edit(buffer))->closed = 1;
        write.commit();
        UnlockReleaseBuffer(buffer);
        *last = h.pending_last;
    }
    if (shared) UnlockRelationForExtension(index, ExclusiveLock);
    return h.pending_head != kNoBlock;
}

// The dropped pages go before the chain of spare ones as they hang together:
//
//     head -> ... -> last -> rest of the list      becomes      spare: head -> ... -> last -> spare
//                                                               head:  rest of the list
//
// A reader under way on them still finds their rows; where it comes to a page with an unexpected
// sequence number, it starts again.
void drop_pending(Relation index, bool any, uint32_t last, void (*f)(void*, char*, MetaPage&),
                  void* argument) {
    const bool shared = !RELATION_IS_LOCAL(index);
    if (shared) LockRelationForExtension(index, ExclusiveLock);
    const MetaHeader h = CurrentMeta(index).header();
    BlockNumber block = any ? h.pending_head : kNoBlock;
    Buffer last_page = InvalidBuffer;
    for (uint32_t sequence = h.pending_first; block != kNoBlock; ++sequence) {
        CHECK_FOR_INTERRUPTS();
        last_page =
            lock_page(index, block, {PageKind::Pending, 0, sequence}, BUFFER_LOCK_EXCLUSIVE);
        if (sequence == last) break;
        block = page_tag(BufferGetPage(last_page))->next;
        UnlockReleaseBuffer(last_page);
        last_page = InvalidBuffer;
    }
    const Buffer meta = lock_page(index, kMetaBlock, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(index, WriteMode::Logged);
    char* page = write.edit(meta);
    auto& changed = *reinterpret_cast<MetaPage*>(page + kPayloadAt);
    f(argument, page, changed);
    ++changed.header.version;
    if (BufferIsValid(last_page)) {
        PageTag* tag = page_tag(write.edit(last_page));
        MetaHeader& header = changed.header;
        const BlockNumber rest = tag->next;
        tag->next = header.pending_spare;
        header.pending_spare = header.pending_head;
        header.pending_head = rest;
        header.pending_first = last + 1;
        if (rest == kNoBlock) header.pending_tail = kNoBlock;
    }
    write.commit();
    UnlockReleaseBuffer(meta);
    if (BufferIsValid(last_page)) UnlockReleaseBuffer(last_page);
    if (shared) UnlockRelationForExtension(index, ExclusiveLock);
}

}  // namespace vectidx
