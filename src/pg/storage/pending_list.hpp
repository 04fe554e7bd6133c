// The pending list (core/format/pending.hpp) in pages.
//
// LOCKS: an entry is added under the exclusive lock of the last page. Pages are added, and dropped,
// under the lock for extending: lock for extending -> pages of the list -> metapage. Only the
// holder of the list lock, or of the exclusive graph lock, takes rows off, and closes and drops
// pages.
#pragma once

#include "pg/postgres.hpp"

#include "core/format/pending.hpp"

#include "pg/storage/index_state.hpp"

namespace vectidx {

// Adds a row at the end. When it returns, every scan that starts finds it.
void append_pending(Relation index, const IndexState& state, const StoredVector& x, HeapTid tid);

// Entries that the list holds at most, as the metapage tells it.
uint64_t pending_entries(const MetaHeader& header, uint32_t words);

// The pages of the list from the first on, each as a copy. A list that changes under the reader
// is no error: gone() says so, and the reader starts again from the metapage as it is then.
class PendingPages {
  public:
    // `first_last`: the list as the metapage tells it.
    PendingPages(Relation index, const MetaHeader& header, uint32_t words, Arena& arena);

    // Reads the next page. Returns false at the end, and when the list changed.
    bool next();
    bool gone() const { return gone_; }

    BlockNumber block() const { return block_; }
    // Whether rows can still be added to the page, as far as it tells.
    bool open() const { return open_; }
    uint32_t sequence() const { return sequence_; }
    uint32_t count() const { return count_; }
    // Entry i of the page. ERROR when it makes no sense.
    const PendingEntry& entry(uint32_t i) const;

  private:
    bool read_block(BlockNumber block, uint32_t piece);

    Relation index_;
    PendingLayout layout_;
    uint32_t words_;
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

// Calls f(PendingPages&) for every page of the list as of now, from the start again after reset()
// when the list changed meanwhile.
template <class Reset, class F>
void for_pending_pages(Relation index, Arena& arena, Reset&& reset, F&& f) {
    uint64_t version = 0;
    for (bool done = false; !done;) {
        CHECK_FOR_INTERRUPTS();
        reset();
        const CurrentMeta meta(index);
        if (version == meta.header().version)
            report_corruption(index, meta.header().pending_head, "the pending list is broken");
        version = meta.header().version;
        PendingPages pages(index, meta.header(), meta.layout().words, arena);
        while (pages.next())
            f(pages);
        done = !pages.gone();
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

// Closes the list: what is added from now on goes to new pages. Returns the last page's sequence
// number, or false when the list is empty. REQUIRES: the list lock, or the exclusive graph lock.
bool close_pending(Relation index, uint32_t* last);

// Drops the pages up to sequence number `last` in one record with whatever f(char* page, MetaPage&)
// changes of the metapage; `any` as close_pending() returned it.
// REQUIRES: the list lock, or the exclusive graph lock; nothing can be added to those pages.
void drop_pending(Relation index, bool any, uint32_t last, void (*f)(void*, char*, MetaPage&),
                  void* argument);

}  // namespace vectidx
