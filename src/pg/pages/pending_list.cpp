#include "pg/pages/pending_list.hpp"

#include <algorithm>
#include <cstring>

#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

PageIdentity pending_identity(uint32_t sequence) {
    return {PageKind::Pending, 0, sequence};
}

uint32_t entries_on(const char* page, const PendingLayout& layout) {
    return layout.blocks_per_page > 1 ? (page_end(page) > kPayloadAt ? 1 : 0)
                                      : (page_end(page) - kPayloadAt) / layout.entry_size;
}

// Whether an entry can still be added to the page, which is locked.
bool has_room(const char* page, const PendingLayout& layout) {
    return page_tag(page)->closed == 0 && page_tag(page)->next == kNoBlock &&
           entries_on(page, layout) < layout.entries_per_page;
}

// Bytes [from, from + count) of an entry onto a page of the list, behind what is there.
void put_bytes(char* page, const char* entry, uint32_t from, uint32_t count) {
    std::memcpy(page + page_end(page), entry + from, count);
    set_page_end(page, page_end(page) + count);
}

// Adds the entry to the last page as `h` knows it. Returns false when that is not the last page any
// more, or has no room.
bool add_to_last(Relation index, const MetaHeader& h, const PendingLayout& layout,
                 const char* entry) {
    if (h.pending_tail == kNoBlock || layout.blocks_per_page > 1) return false;
    // The inserting transaction's snapshot keeps the page in the file, should it have been dropped.
    const Buffer buffer = read_buffer(index, h.pending_tail);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    // The page may have been dropped, and used for something else, since the metapage was read.
    const char* page = BufferGetPage(buffer);
    const bool fits =
        page_fault(page, pending_identity(h.pending_last)) == nullptr && has_room(page, layout);
    if (fits) {
        PageWrite write(index, WriteMode::Logged);
        put_bytes(write.edit(buffer), entry, 0, layout.entry_size);
        write.commit();
    }
    UnlockReleaseBuffer(buffer);
    return fits;
}

// The first of `count` consecutive blocks for a page of the list: a dropped one, which leaves the
// chain of spare pages in `h`, or free ones. REQUIRES: the lock for extending.
BlockNumber take_page(Relation index, uint32_t count, MetaHeader* h) {
    if (h->pending_spare == kNoBlock)
        return take_blocks({index, kMetaBlock, WriteMode::Logged, &h->free_block},
                           {count, count, Choice::Shortest})
            .first;
    const BlockNumber block = h->pending_spare;
    const Buffer buffer = ReadBuffer(index, block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const PageTag tag = *page_tag(BufferGetPage(buffer));
    UnlockReleaseBuffer(buffer);
    if (tag.magic != kPageMagic || tag.kind != PageKind::Pending)
        report_corruption(index, block, "it is not a page of the pending list");
    h->pending_spare = tag.next;
    return block;
}

// An entry that is larger than a page: what does not fit on the first block goes before it, and is
// reached through it only.
void write_further_blocks(Relation index, BlockNumber first, uint32_t sequence,
                          const PendingLayout& layout, const char* entry) {
    for (uint32_t piece = 1; piece < layout.blocks_per_page; ++piece) {
        const auto from = static_cast<uint32_t>(piece * kPagePayload);
        const Buffer buffer = lock_unused(index, first + piece);
        PageWrite write(index, WriteMode::Logged);
        put_bytes(write.create(buffer, pending_identity(sequence)), entry, from,
                  std::min(static_cast<uint32_t>(kPagePayload), layout.entry_size - from));
        write.commit();
        UnlockReleaseBuffer(buffer);
    }
}

// Adds a page with the entry behind the last one.
void add_page(Relation index, BlockNumber block, const PendingLayout& layout, const char* entry,
              const MetaHeader& next) {
    const bool first = next.pending_tail == kNoBlock;
    const uint32_t sequence = next.pending_last + 1;
    const Buffer buffer = lock_unused(index, block);
    Buffer last = InvalidBuffer, meta = InvalidBuffer;
    ReadFault fault;
    if (!first)
        fault = {next.pending_tail,
                 try_lock_page(index, next.pending_tail, pending_identity(next.pending_last),
                               BUFFER_LOCK_EXCLUSIVE, &last)};
    if (fault.what == nullptr) {
        fault = {kMetaBlock,
                 try_lock_page(index, kMetaBlock, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE, &meta)};
        if (fault.what != nullptr && !first) UnlockReleaseBuffer(last);
    }
    if (fault.what != nullptr) {
        UnlockReleaseBuffer(buffer);
        report_corruption(index, fault.block, fault.what);
    }
    PageWrite write(index, WriteMode::Logged);
    put_bytes(write.create(buffer, pending_identity(sequence)), entry, 0,
              std::min(static_cast<uint32_t>(kPagePayload), layout.entry_size));
    if (!first) page_tag(write.edit(last))->next = block;
    MetaHeader& h = meta_of(write.edit(meta)).header;
    h.pending_spare = next.pending_spare;
    h.pending_tail = block;
    h.pending_last = sequence;
    if (first) {
        h.pending_head = block;
        h.pending_first = sequence;
    }
    ++h.version;
    write.commit();
    UnlockReleaseBuffer(meta);
    if (!first) UnlockReleaseBuffer(last);
    UnlockReleaseBuffer(buffer);
}

// Adds the entry on a new page, or where somebody else has just added one.
void add_behind_last(Relation index, const PendingLayout& layout, const char* entry) {
    lock_extension(index);
    MetaHeader next = CurrentMeta(index).header();
    if (!add_to_last(index, next, layout, entry)) {
        const BlockNumber block = take_page(index, layout.blocks_per_page, &next);
        // add_page() locks both, and would wait for itself.
        if (block == next.pending_tail)
            report_corruption(index, block, "it is a spare page and the list's last");
        write_further_blocks(index, block, next.pending_last + 1, layout, entry);
        TEST_POINT("pending-add-page");
        add_page(index, block, layout, entry, next);
    }
    unlock_extension(index);
}

}  // namespace

void append_pending(Relation index, const IndexState& state, const StoredVector& x, HeapTid tid) {
    const PendingLayout layout = pending_layout(state.layout.words);
    const MetaHeader header = state.meta().header;
    auto* entry = static_cast<char*>(palloc(layout.entry_size));
    write_entry(x, tid, state.layout.words, entry);
    if (!add_to_last(index, header, layout, entry)) add_behind_last(index, layout, entry);
    pfree(entry);
}

uint64_t pending_entries(const MetaHeader& header, uint32_t words) {
    if (header.pending_head == kNoBlock) return 0;
    return (uint64_t{header.pending_last - header.pending_first} + 1) *
           pending_layout(words).entries_per_page;
}

PendingPages::PendingPages(PageReader& pages, const MetaHeader& header, uint32_t words,
                           Arena& arena, bool verify)
    : pages_(pages),
      layout_(pending_layout(words)),
      words_(words),
      verify_(verify),
      last_(header.pending_last),
      next_(header.pending_head),
      next_sequence_(header.pending_first),
      bytes_(next_ == kNoBlock ? nullptr
                               : arena.alloc<char>(layout_.blocks_per_page * kPagePayload)) {}

bool PendingPages::read_block(BlockNumber block, uint32_t piece) {
    return pages_.read(block, pending_identity(next_sequence_), [&](const char* page) {
        std::memcpy(bytes_ + piece * kPagePayload, page + kPayloadAt, kPagePayload);
        if (piece == 0) {
            count_ = std::min(entries_on(page, layout_), layout_.entries_per_page);
            next_ = page_tag(page)->next;
            open_ = has_room(page, layout_);
        }
        return nullptr;
    });
}

bool PendingPages::check_entries() {
    for (uint32_t i = 0; i < count_; ++i)
        if (verify_ ? !valid_entry(entry(i), words_) : !plausible_entry(entry(i)))
            return pages_.fail(block_, "invalid pending row");
    return true;
}

bool PendingPages::next() {
    CHECK_FOR_INTERRUPTS();
    // A list that ends before the page that the metapage called its last was cut and used again.
    if (next_ == kNoBlock) {
        gone_ = bytes_ != nullptr && static_cast<int32_t>(sequence_ - last_) < 0;
        if (gone_) pages_.fail(block_, "the pending list ends before its last page");
        return false;
    }
    block_ = next_;
    bool same = read_block(block_, 0);
    for (uint32_t piece = 1; same && piece < layout_.blocks_per_page; ++piece)
        same = read_block(block_ + piece, piece);
    same = same && check_entries();
    gone_ = !same;
    sequence_ = next_sequence_++;
    return same;
}

}  // namespace vectidx
