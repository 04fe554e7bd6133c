// Reading pages: pin, lock, check, look, release.
//
// LOCKS: a reader holds one content lock at a time. Every page is checked when it is read. What is
// wrong with it is found out under its lock, and reported, as an error that names the index and the
// block, when nothing is held any more (test/lint/locks.sh).
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/page.hpp"

#include "pg/pages/buffer_hints.hpp"

namespace vectidx {

static_assert(BLCKSZ == kPageSize, "vectidx needs PostgreSQL's default block size");
static_assert(SizeOfPageHeaderData == kPageHeaderSize);

// The identity that a reader expects of a page.
struct PageIdentity {
    PageKind kind;
    uint32_t generation;
    uint32_t owner;
};

// An unexpected page, and its fault.
struct ReadFault {
    BlockNumber block = InvalidBlockNumber;
    const char* what = nullptr;  // nullptr: nothing
};

// Reports ERRCODE_INDEX_CORRUPTED for a block, with what is wrong with it.
[[noreturn]] void report_corruption(Relation rel, BlockNumber block, const char* what);

// The fault of a page, or nullptr when it has our magic, our format and the identity.
const char* page_fault(const char* page, const PageIdentity& identity);

inline PageTag* page_tag(char* page) {
    return reinterpret_cast<PageTag*>(page + kPageHeaderSize);
}
inline const PageTag* page_tag(const char* page) {
    return reinterpret_cast<const PageTag*>(page + kPageHeaderSize);
}

// End of the data in use: an offset within the page.
inline uint32_t page_end(const char* page) {
    return reinterpret_cast<const PageHeaderData*>(page)->pd_lower;
}
inline void set_page_end(char* page, uint32_t offset) {
    reinterpret_cast<PageHeaderData*>(page)->pd_lower = static_cast<LocationIndex>(offset);
}

// Makes an empty page of ours in a page image.
void init_page(char* page, const PageIdentity& identity);

// Pins, locks and checks a page. Returns what is wrong with it, and holds nothing then; or nullptr.
// For a page that is locked while another one is: the caller releases that, too, and reports.
const char* try_lock_page(Relation rel, BlockNumber block, const PageIdentity& identity, int mode,
                          Buffer* buffer);

// The same, with an ERROR when something is wrong. REQUIRES: no content lock is held.
inline Buffer lock_page(Relation rel, BlockNumber block, const PageIdentity& identity, int mode) {
    Buffer buffer;
    const char* fault = try_lock_page(rel, block, identity, mode, &buffer);
    if (fault != nullptr) report_corruption(rel, block, fault);
    return buffer;
}

// Pins, exclusively locks and checks several pages, one after the other. ERROR, with none of them
// held, when something is wrong with one.
void lock_pages(Relation rel, int count, const BlockNumber* blocks, const PageIdentity* identities,
                Buffer* buffers);

// Shows a page to f(const char* page) under a share lock. For pages that stay where they are.
// REQUIRES: no content lock is held.
template <class F>
void read_page(Relation rel, BlockNumber block, const PageIdentity& identity, F&& f) {
    const Buffer buffer = lock_page(rel, block, identity, BUFFER_LOCK_SHARE);
    f(static_cast<const char*>(BufferGetPage(buffer)));
    UnlockReleaseBuffer(buffer);
}

}  // namespace vectidx
