// Removing from the pending list: dead rows by vacuum, whole pages by a merge.
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/pending_list.hpp"

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
            pages.for_waiting([&](const PendingEntry& entry) {
                here += dead.contains(entry);
                ++counts.remaining;
            });
            if (here == 0) return;
            mark_removed(index, pages, layout, dead);
            counts.removed += here;
            counts.remaining -= here;
        });
    return counts;
}

PendingEnd close_pending(Relation index) {
    lock_extension(index);
    const MetaHeader h = CurrentMeta(index).header();
    if (h.pending_head != kNoBlock) {
        const Buffer buffer = lock_page(
            index, h.pending_tail, {PageKind::Pending, 0, h.pending_last}, BUFFER_LOCK_EXCLUSIVE);
        PageWrite write(index, WriteMode::Logged);
        page_tag(write.edit(buffer))->closed = 1;
        write.commit();
        UnlockReleaseBuffer(buffer);
    }
    unlock_extension(index);
    if (h.pending_head == kNoBlock) return {};
    return {h.pending_tail, h.pending_last};
}

// The dropped pages go before the chain of spare ones as they hang together:
//
//     head -> ... -> last -> rest of the list      becomes      spare: head -> ... -> last -> spare
//                                                               head:  rest of the list
//
// A reader under way on them still finds their rows; where it comes to a page with an unexpected
// sequence number, it starts again.
void drop_pending(Relation index, const PendingEnd& last, FunctionRef<void(char*, MetaPage&)> f) {
    lock_extension(index);
    const Buffer last_page =
        last.block == kNoBlock ? InvalidBuffer
                               : lock_page(index, last.block, {PageKind::Pending, 0, last.sequence},
                                           BUFFER_LOCK_EXCLUSIVE);
    Buffer meta;
    const char* fault =
        try_lock_page(index, kMetaBlock, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE, &meta);
    if (fault != nullptr) {
        if (BufferIsValid(last_page)) UnlockReleaseBuffer(last_page);
        report_corruption(index, kMetaBlock, fault);
    }
    PageWrite write(index, WriteMode::Logged);
    char* page = write.edit(meta);
    auto& changed = meta_of(page);
    f(page, changed);
    ++changed.header.version;
    if (BufferIsValid(last_page)) {
        PageTag* tag = page_tag(write.edit(last_page));
        MetaHeader& header = changed.header;
        const BlockNumber rest = tag->next;
        tag->next = header.pending_spare;
        header.pending_spare = header.pending_head;
        header.pending_head = rest;
        header.pending_first = last.sequence + 1;
        if (rest == kNoBlock) header.pending_tail = kNoBlock;
    }
    write.commit();
    UnlockReleaseBuffer(meta);
    if (BufferIsValid(last_page)) UnlockReleaseBuffer(last_page);
    unlock_extension(index);
}

}  // namespace vectidx
