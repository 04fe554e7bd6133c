// The one way to write a page.
//
// A PageWrite is one WAL record over up to four pages: GenericXLog works out what changed and makes
// it atomic. While an index is being built nobody else sees it; its pages are then written in place
// and logged all at once at the end (log_fork).
//
// LOCKS: the caller holds the exclusive content lock of every buffer from edit() until after
// commit(), in the order of src/README.md, "Locks".
#pragma once

#include "pg/postgres.hpp"

#include "pg/pages/page.hpp"

namespace vectidx {

enum class WriteMode { Logged, Building };

class PageWrite {
  public:
    static constexpr int kMaxPages = MAX_GENERIC_XLOG_PAGES;

    PageWrite(Relation rel, WriteMode mode)
        : state_(mode == WriteMode::Logged ? GenericXLogStart(rel) : nullptr) {}

    // The image of an existing page, to be changed by the caller.
    char* edit(Buffer buffer) { return add(buffer, 0); }
    // An empty page of ours in the place of whatever the buffer holds.
    char* create(Buffer buffer, const PageIdentity& identity) {
        char* page = add(buffer, GENERIC_XLOG_FULL_IMAGE);
        init_page(page, identity);
        return page;
    }
    // A copy of another page, whole.
    void copy(Buffer buffer, const char* page) {
        memcpy(add(buffer, GENERIC_XLOG_FULL_IMAGE), page, BLCKSZ);
    }
    // Makes the changes.
    void commit();
    // Gives them up. REQUIRES: Logged mode.
    void forget() { GenericXLogAbort(state_); }

  private:
    char* add(Buffer buffer, int flags);

    GenericXLogState* state_;
    Buffer buffers_[kMaxPages];
    int count_ = 0;
};

// Pins and exclusively locks a block that nothing refers to, for PageWrite::create() or copy(). Its
// bytes are not read: interrupted work did not log them, so they may be torn.
Buffer lock_unused(Relation rel, BlockNumber block);

// Adds `count` empty blocks at the end of the relation and returns the first. Takes the lock for
// extending, unless the caller holds it.
BlockNumber extend_relation(Relation rel, ForkNumber fork, uint32_t count, bool have_lock);

// Logs blocks [first, first + count) of the main fork as they are, where the relation is logged.
// Blocks that were never written are left out.
void log_blocks(Relation rel, BlockNumber first, uint32_t count);

// Logs a block that was added and is still empty. Replay makes only blocks that a record names, and
// those before them: with the last block of what was added a standby's file is as long.
void log_empty_block(Relation rel, ForkNumber fork, BlockNumber block);

// Logs every page of a fork as it is, and its length, where the relation is logged or the fork is
// an init fork.
void log_fork(Relation rel, ForkNumber fork);

}  // namespace vectidx
