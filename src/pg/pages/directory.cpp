#include "pg/pages/directory.hpp"

#include <algorithm>
#include <cstring>

#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// The first page that a map page lists which lists page `page`.
uint32_t first_of_map(uint32_t page) {
    return page / kMapPlaces * kMapPlaces;
}

BlockNo* map_places(char* page) {
    return reinterpret_cast<BlockNo*>(page + kPayloadAt);
}
const BlockNo* map_places(const char* page) {
    return reinterpret_cast<const BlockNo*>(page + kPayloadAt);
}

// Shows the map pages, the newest first, to f(block, first, places, count) until f returns false.
template <class F>
bool walk_maps(PageReader& pages, const MetaPage& meta, F&& f) {
    const DirectoryRef directory = directory_of(meta);
    uint32_t end = directory.pages;
    BlockNo next = directory.map;
    bool more = end > 0;
    while (more) {
        CHECK_FOR_INTERRUPTS();
        const BlockNo block = next;
        const uint32_t first = first_of_map(end - 1), count = end - first;
        const bool read =
            pages.read(block, map_identity(meta.header.generation, first), [&](const char* page) {
                // It may list more by now.
                if (page_end(page) < kPayloadAt + count * sizeof(BlockNo))
                    return "the map of the directory ends before its pages";
                next = page_tag(page)->next;
                more = f(block, first, map_places(page), count) && first > 0;
                return static_cast<const char*>(nullptr);
            });
        if (!read) return false;
        end = first;
    }
    return true;
}

}  // namespace

const char* directory_fault(const char* page, const PageIdentity& identity,
                            const DirectoryLayout& layout) {
    const char* fault = page_fault(page, identity);
    if (fault != nullptr) return fault;
    return page_end(page) == layout.end ? nullptr : "the directory page has another length";
}

bool list_directory(PageReader& pages, const MetaPage& meta, Array<BlockNo>* blocks,
                    Array<BlockNo>* maps) {
    const DirectoryRef directory = directory_of(meta);
    blocks->clear();
    maps->clear();
    // No file has more pages, whatever the metapage says.
    if (directory.pages > RelationGetNumberOfBlocks(pages.relation()))
        return pages.fail(kMetaBlock, "the directory has more pages than the file");
    std::fill_n(blocks->extend(directory.pages), directory.pages, kNoBlock);
    return walk_maps(pages, meta,
                     [&](BlockNo block, uint32_t first, const BlockNo* places, uint32_t count) {
                         maps->push_back(block);
                         std::copy_n(places, count, blocks->data() + first);
                         return true;
                     });
}

void list_directory(Relation rel, const MetaPage& meta, Array<BlockNo>* blocks,
                    Array<BlockNo>* maps) {
    PageReader pages(rel, kMetaBlock, meta.header);
    if (!list_directory(pages, meta, blocks, maps)) pages.report();
}

bool find_directory_page(PageReader& pages, const MetaPage& meta, uint32_t page, BlockNo* block) {
    if (page >= directory_of(meta).pages)
        return pages.fail(kMetaBlock, "the directory ends before a node");
    return walk_maps(pages, meta, [&](BlockNo, uint32_t first, const BlockNo* places, uint32_t) {
        if (page < first) return true;
        *block = places[page - first];
        return false;
    });
}

bool DirectoryPlace::pin(PageReader& pages, const MetaPage& meta, const DirectoryLayout& layout,
                         NodeId id, Buffer* buffer) {
    const uint32_t page = id / layout.per_page;
    if (page != page_ && !find_directory_page(pages, meta, page, &block_)) return false;
    page_ = page;
    return pages.pin(block_, buffer);
}

bool DirectoryPlace::lock(PageReader& pages, const MetaPage& meta, const DirectoryLayout& layout,
                          Buffer buffer, int mode) const {
    const PageIdentity identity = directory_identity(meta.header.generation, layout, page_);
    // A damaged map may name the page that the caller has locked: the kind of a page that is in the
    // directory does not change.
    const char* fault = directory_fault(BufferGetPage(buffer), identity, layout);
    if (fault != nullptr) return pages.fail(block_, fault);
    LockBuffer(buffer, mode);
    fault = directory_fault(BufferGetPage(buffer), identity, layout);
    if (fault == nullptr) return true;
    LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    return pages.fail(block_, fault);
}

void write_entry_rows(Relation rel, WriteMode mode, const DirectoryLayout& layout, Buffer buffer,
                      NodeId id, const EntryRows& rows) {
    const uint32_t at = id % layout.per_page;
    if (DirectoryView(layout, BufferGetPage(buffer)).rows(at) == rows) return;
    PageWrite write(rel, mode);
    set_entry_rows(layout, write.edit(buffer), at, rows);
    write.commit();
}

void put_map(char* page, BlockNo next, const BlockNo* blocks, uint32_t count) {
    page_tag(page)->next = next;
    std::copy_n(blocks, count, map_places(page));
    set_page_end(page, static_cast<uint32_t>(kPayloadAt + count * sizeof(BlockNo)));
}

// The page first; nothing leads to it before one record puts it on the map, and says so in the
// metapage.
//
// LOCKS: lock for extending -> map page -> metapage.
void add_directory_page(const GraphPages& graph, const DirectoryLayout& layout, MetaPage* meta) {
    const DirectoryRef before = directory_of(*meta);
    const uint32_t page = before.pages, generation = meta->header.generation;
    const BlockNo block = take_blocks(graph, {1, 1, Choice::Shortest}).first;
    const Buffer buffer = lock_unused(graph.rel, block);
    PageWrite create(graph.rel, graph.mode);
    set_page_end(create.create(buffer, directory_identity(generation, layout, page)), layout.end);
    create.commit();
    UnlockReleaseBuffer(buffer);
    TEST_POINT("directory-page");
    const bool is_new = page % kMapPlaces == 0;
    const BlockNo map = is_new ? take_blocks(graph, {1, 1, Choice::Shortest}).first : before.map;
    const uint32_t at = page % kMapPlaces;
    const Buffer map_page = is_new ? lock_unused(graph.rel, map)
                                   : lock_page(graph.rel, map, map_identity(generation, page - at),
                                               BUFFER_LOCK_EXCLUSIVE);
    Buffer meta_page;
    const char* fault = try_lock_page(graph.rel, graph.meta_block, kMetaIdentity,
                                      BUFFER_LOCK_EXCLUSIVE, &meta_page);
    if (fault != nullptr) {
        UnlockReleaseBuffer(map_page);
        report_corruption(graph.rel, graph.meta_block, fault);
    }
    PageWrite write(graph.rel, graph.mode);
    char* image =
        is_new ? write.create(map_page, map_identity(generation, page)) : write.edit(map_page);
    if (is_new) page_tag(image)->next = before.map == 0 ? kNoBlock : before.map;
    map_places(image)[at] = block;
    set_page_end(image, static_cast<uint32_t>(kPayloadAt + (at + 1) * sizeof(BlockNo)));
    MetaPage& changed = meta_of(write.edit(meta_page));
    set_directory(&changed, {map, page + 1});
    ++changed.header.version;
    write.commit();
    UnlockReleaseBuffer(meta_page);
    UnlockReleaseBuffer(map_page);
    set_directory(meta, {map, page + 1});
}

}  // namespace vectidx
