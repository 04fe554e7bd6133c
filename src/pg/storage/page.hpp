// Reading pages: pin, lock, check, look, release.
//
// LOCKS: a reader holds one content lock at a time. Every page is checked when it is read, and a
// page that no writer of ours left is a clean error that names the index and the block.
#pragma once

#include "pg/postgres.hpp"

#include "core/format/page.hpp"

#include "pg/storage/buffer_hints.hpp"

namespace vectidx {

static_assert(BLCKSZ == kPageSize, "vectidx needs PostgreSQL's default block size");
static_assert(SizeOfPageHeaderData == kPageHeaderSize);

// What a reader expects of a page.
struct PageIdentity {
    PageKind kind;
    uint32_t generation;
    uint32_t owner;
};

// Reports ERRCODE_INDEX_CORRUPTED for a block, with what is wrong with it.
[[noreturn]] void report_corruption(Relation rel, BlockNumber block, const char* what);

// Reports that the index was rebuilt under the operation.
[[noreturn]] void report_generation(Relation rel);

// What is wrong with a page that should have our magic, format and the identity, or nullptr.
const char* page_fault(const char* page, const PageIdentity& identity);

// Errors unless the page has our magic, format and the identity.
void check_page(Relation rel, BlockNumber block, const char* page, const PageIdentity& identity);

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

// A pinned, locked and checked page.
inline Buffer lock_page(Relation rel, BlockNumber block, const PageIdentity& identity, int mode) {
    const Buffer buffer = read_buffer(rel, block);
    LockBuffer(buffer, mode);
    check_page(rel, block, BufferGetPage(buffer), identity);
    return buffer;
}

// Shows a page to f(const char* page) under a share lock.
template <class F>
void read_page(Relation rel, BlockNumber block, const PageIdentity& identity, F&& f) {
    const Buffer buffer = lock_page(rel, block, identity, BUFFER_LOCK_SHARE);
    f(static_cast<const char*>(BufferGetPage(buffer)));
    UnlockReleaseBuffer(buffer);
}

}  // namespace vectidx
