// The directory (core/layout/directory.hpp) in pages.
//
// LOCKS: who writes an entry holds the content lock of its node's links page (shared is enough to
// keep the node's TIDs as they are, exclusive to change them), and then takes that of the Directory
// page. Code and node are written in one record. Map pages are changed under the lock for
// extending, or, to move pages, under the exclusive graph lock; map page -> metapage.
//
// VACUUM may move pages of the directory. Each such record changes the metapage, by which a reader
// who finds another page tells that.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/directory.hpp"

#include "pg/pages/free_blocks.hpp"
#include "pg/pages/page_reader.hpp"

namespace vectidx {

inline PageIdentity directory_identity(uint32_t generation, const DirectoryLayout& layout,
                                       uint32_t page) {
    return {PageKind::Directory, generation, page * layout.per_page};
}
inline PageIdentity map_identity(uint32_t generation, uint32_t first) {
    return {PageKind::DirectoryMap, generation, first};
}

// The fault of a Directory page, or nullptr.
const char* directory_fault(const char* page, const PageIdentity& identity,
                            const DirectoryLayout& layout);

// Fills blocks with those of all Directory pages, in order, and `maps` with those of the map pages,
// the newest first. Returns false when it failed.
bool list_directory(PageReader& pages, const MetaPage& meta, Array<BlockNo>* blocks,
                    Array<BlockNo>* maps);

// The same for a caller whose lock keeps them in their places. A wrong page is an ERROR.
void list_directory(Relation rel, const MetaPage& meta, Array<BlockNo>* blocks,
                    Array<BlockNo>* maps);

// Shows all Directory pages to f(const char* page, NodeId first), in order. `meta` is the reader's
// copy of the metapage, which look_again() makes new after a failure: it says whether that is worth
// it. Returns false when it failed.
template <class LookAgain, class F>
bool read_directory(PageReader& pages, const MetaPage& meta, const DirectoryLayout& layout,
                    Arena& arena, LookAgain&& look_again, F&& f) {
    Array<BlockNo> blocks(arena), maps(arena);
    const auto list = [&] {
        do {
            if (list_directory(pages, meta, &blocks, &maps)) return true;
        } while (look_again());
        return false;
    };
    if (!list()) return false;
    for (uint32_t page = 0; page < blocks.size();) {
        CHECK_FOR_INTERRUPTS();
        const PageIdentity identity = directory_identity(meta.header.generation, layout, page);
        const bool read = pages.read(blocks[page], identity, [&](const char* bytes) {
            const char* fault = directory_fault(bytes, identity, layout);
            if (fault == nullptr) f(bytes, NodeId{page * layout.per_page});
            return fault;
        });
        page += read;
        // It may have been moved.
        if (!read && (!look_again() || !list())) return false;
    }
    return true;
}

// The block of one page. Returns false when it failed.
bool find_directory_page(PageReader& pages, const MetaPage& meta, uint32_t page, BlockNo* block);

// The block of the page that was asked for last, for as long as a lock keeps the pages.
class DirectoryPlace {
  public:
    // Pins the page with the entry of a node. Returns false when it failed. REQUIRES: a directory.
    bool pin(PageReader& pages, const MetaPage& meta, const DirectoryLayout& layout, NodeId id,
             Buffer* buffer);
    // Locks a page that is pinned, and checks it. Returns false, with the page not locked, when it
    // failed.
    bool lock(PageReader& pages, const MetaPage& meta, const DirectoryLayout& layout, Buffer buffer,
              int mode) const;

  private:
    uint32_t page_ = UINT32_MAX;
    BlockNo block_ = kNoBlock;
};

// Writes what an entry tells of its node's rows, unless the entry tells that already.
// REQUIRES: the page is exclusively locked.
void write_entry_rows(Relation rel, WriteMode mode, const DirectoryLayout& layout, Buffer buffer,
                      NodeId id, const EntryRows& rows);

// Adds a page to the directory, and the change to `meta`, a copy of the metapage.
// REQUIRES: the lock for extending; the copy was read under it, and graph.free_block is its own.
void add_directory_page(const GraphPages& graph, const DirectoryLayout& layout, MetaPage* meta);

// Makes a map page's entries in a page image: those of pages [first, first + count).
void put_map(char* page, BlockNo next, const BlockNo* blocks, uint32_t count);

}  // namespace vectidx
