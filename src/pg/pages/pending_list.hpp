// The pending list (core/layout/pending.hpp) in pages.
//
// LOCKS: an entry is added under the exclusive lock of the last page. Pages are added, and dropped,
// under the lock for extending: lock for extending -> pages of the list -> metapage. Only the
// holder of the list lock, or of the exclusive graph lock, takes rows off, and closes and drops
// pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/function_ref.hpp"
#include "core/layout/pending.hpp"

#include "pg/pages/index_state.hpp"
#include "pg/pages/page_reader.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

// Adds a row at the end. When it returns, every scan that starts finds it.
void append_pending(Relation index, const IndexState& state, const StoredVector& x, HeapTid tid);

// Entries that the list holds at most, as the metapage tells it.
uint64_t pending_entries(const MetaHeader& header, uint32_t words);

// The pages of the list from the first on, each as a copy. gone() says that another page was found:
// the page was dropped since the metapage was read, or it is damaged. list_moved() tells which of
// the two.
class PendingPages {
  public:
    // The list of the metapage, which `pages` knows, too. `verify`: the rows will be inserted into
    // the graph, so the checksums of their vectors are compared.
    PendingPages(PageReader& pages, const MetaHeader& header, uint32_t words, Arena& arena,
                 bool verify = true);

    // Reads the next page. Returns false at the end, and when the page is another one.
    bool next();
    bool gone() const { return gone_; }

    BlockNumber block() const { return block_; }
    // Whether rows can still be added to the page, as far as it tells.
    bool open() const { return open_; }
    uint32_t sequence() const { return sequence_; }
    uint32_t count() const { return count_; }
    // Entry i of the page, which was checked.
    const PendingEntry& entry(uint32_t i) const {
        return *reinterpret_cast<const PendingEntry*>(bytes_ + size_t{i} * layout_.entry_size);
    }
    // Calls f(const PendingEntry&) for each row of the page that waits for the graph.
    template <class F>
    void for_waiting(F&& f) const {
        for (uint32_t i = 0; i < count_; ++i)
            if (entry(i).state == PendingState::Waiting) f(entry(i));
    }

  private:
    bool read_block(BlockNumber block, uint32_t piece);
    bool check_entries();

    PageReader& pages_;
    PendingLayout layout_;
    uint32_t words_;
    bool verify_;
    uint32_t last_;     // sequence number that the list must reach
    BlockNumber next_;  // to be read
    uint32_t next_sequence_;
    BlockNumber block_ = InvalidBlockNumber;
    uint32_t sequence_ = 0;
    uint32_t count_ = 0;
    bool open_ = false;
    bool gone_ = false;
    char* bytes_;  // entries, one behind the other
};

// Whether pages of the list may have been dropped or moved between two readings of the metapage.
inline bool list_moved(const MetaHeader& before, const MetaHeader& now) {
    return before.pending_head != now.pending_head || before.pending_first != now.pending_first ||
           before.cuts != now.cuts || before.retired_xid != now.retired_xid ||
           before.generation != now.generation;
}

// For a scan: calls f(const PendingEntry&) for each row that waits on the list of the metapage
// `seen`, which the reader knows, too. Returns false when the list changed meanwhile, so that rows
// may have been missed. Pages leave the list by a change of the metapage: without one, they are
// damaged.
template <class F>
bool read_waiting_rows(PageReader& reader, const MetaHeader& seen, uint32_t words, Arena& arena,
                       F&& f) {
    PendingPages pages(reader, seen, words, arena, false);
    TEST_POINT("scan-metapage");
    while (pages.next())
        pages.for_waiting(f);
    if (pages.gone() && !list_moved(seen, CurrentMeta(reader.relation()).header())) reader.report();
    return !pages.gone();
}

// Calls f(PendingPages&) for every page of the list as of now, from the start again after reset()
// when the list changed meanwhile.
template <class Reset, class F>
void for_pending_pages(Relation index, Arena& arena, Reset&& reset, F&& f) {
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        reset();
        const CurrentMeta meta(index);
        const MetaHeader& seen = meta.header();
        PageReader reader(index, kMetaBlock, seen);
        PendingPages pages(reader, seen, meta.layout().words, arena);
        while (pages.next())
            f(pages);
        if (!pages.gone()) return;
        if (!list_moved(seen, CurrentMeta(index).header())) reader.report();
    }
}

struct PendingCounts {
    uint64_t removed;    // entries
    uint64_t remaining;  // entries
};

// Asks `callback` about every row that waits and removes those that it calls dead.
// REQUIRES: the list lock.
PendingCounts remove_dead_pending(Relation index, IndexBulkDeleteCallback callback,
                                  void* callback_state);

// A page of the list; none when there is no block.
struct PendingEnd {
    BlockNo block = kNoBlock;
    uint32_t sequence = 0;
};

// Closes the list: what is added from now on goes to new pages. Returns the last page.
// REQUIRES: the list lock, or the exclusive graph lock.
PendingEnd close_pending(Relation index);

// Calls f(const PendingEntry&) for each row that waits on the pages up to `last`, which is closed.
// Returns the number of rows. Raises an error when the list ends before.
// REQUIRES: the list lock, or the exclusive graph lock.
template <class F>
uint64_t for_closed_rows(Relation index, const PendingEnd& last, Arena& arena, F&& f) {
    const CurrentMeta meta(index);
    PageReader reader(index, kMetaBlock, meta.header());
    PendingPages pages(reader, meta.header(), meta.layout().words, arena);
    uint64_t rows = 0;
    do {
        if (!pages.next()) {
            if (!pages.gone()) reader.fail(pages.block(), "the pending list is broken");
            reader.report();
        }
        pages.for_waiting([&](const PendingEntry& entry) {
            f(entry);
            ++rows;
        });
    } while (pages.sequence() != last.sequence);
    return rows;
}

// Drops the pages up to `last`, which is full or closed, in one record with whatever
// f(char* page, MetaPage&) changes of the metapage.
// REQUIRES: the list lock, or the exclusive graph lock.
void drop_pending(Relation index, const PendingEnd& last, FunctionRef<void(char*, MetaPage&)> f);

}  // namespace vectidx
