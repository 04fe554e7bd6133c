// Moving pages of the directory (core/layout/directory.hpp) from the highest blocks to lower ones.
// Pages are copied; then one record for each map page lets the map lead to the copies, and changes
// the metapage. Scans that know the old places go on reading there: rows that come to the index
// later, they do not see.
#include <algorithm>

#include "core/base/array.hpp"

#include "pg/maintain/compact.hpp"
#include "pg/memory.hpp"
#include "pg/pages/directory.hpp"
#include "pg/pages/horizon.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

class DirectoryMover {
  public:
    DirectoryMover(Relation index, Arena& arena)
        : index_(index),
          meta_(index),
          layout_(directory_layout(meta_.header(), meta_.layout())),
          pages_(arena),
          maps_(arena),
          moves_(arena) {}

    void run(BlockSet* set);

  private:
    bool plan(BlockSet* set);
    uint32_t generation() const { return meta_.header().generation; }
    PageIdentity identity_of_map(uint32_t number) const {
        return map_identity(generation(), number * kMapPlaces);
    }
    void copy_page(BlockNo from, BlockNo to, const PageIdentity& identity);
    void move_map(uint32_t number);
    void change_map(uint32_t number, BlockNo to);

    Relation index_;
    CurrentMeta meta_;
    DirectoryLayout layout_;
    Array<BlockNo> pages_;  // Directory pages, in order
    Array<BlockNo> maps_;   // map pages, the oldest first
    BlockMoves moves_;      // of both
};

bool DirectoryMover::plan(BlockSet* set) {
    list_directory(index_, meta_.meta(), &pages_, &maps_);
    std::reverse(maps_.begin(), maps_.end());
    moves_.add(pages_);
    moves_.add(maps_);
    return moves_.plan(set);
}

void DirectoryMover::copy_page(BlockNo from, BlockNo to, const PageIdentity& identity) {
    alignas(8) char copy[BLCKSZ];
    read_page(index_, from, identity, [&](const char* page) { memcpy(copy, page, BLCKSZ); });
    const Buffer buffer = lock_unused(index_, to);
    PageWrite write(index_, WriteMode::Logged);
    write.copy(buffer, copy);
    write.commit();
    UnlockReleaseBuffer(buffer);
}

// Copies the pages that a map page lists, and lets it list the copies.
void DirectoryMover::move_map(uint32_t number) {
    const auto first = static_cast<uint32_t>(number * kMapPlaces);
    const auto end =
        static_cast<uint32_t>(std::min<size_t>(pages_.size(), size_t{first} + kMapPlaces));
    bool changes = false;
    for (uint32_t page = first; page < end; ++page) {
        CHECK_FOR_INTERRUPTS();
        if (!moves_.moves(pages_[page])) continue;
        const BlockNo to = moves_.next_place();
        copy_page(pages_[page], to, directory_identity(generation(), layout_, page));
        pages_[page] = to;
        changes = true;
    }
    TEST_POINT("directory-copied");
    const bool map_moves = moves_.moves(maps_[number]);
    if (changes || map_moves) change_map(number, map_moves ? moves_.next_place() : maps_[number]);
    TEST_POINT("directory-moved");
}

// Writes the map page, in its new place if that is another one, to which the next newer map page,
// or the metapage, leads then.
//
// LOCKS: map page -> next newer map page -> metapage.
void DirectoryMover::change_map(uint32_t number, BlockNo to) {
    const auto first = static_cast<uint32_t>(number * kMapPlaces);
    const auto count =
        static_cast<uint32_t>(std::min<size_t>(pages_.size() - first, size_t{kMapPlaces}));
    const bool is_moved = to != maps_[number], is_newest = number + 1 == maps_.size();
    const bool leads = is_moved && !is_newest;
    const uint64_t retired_xid = retirement_xid();
    const BlockNumber blocks[] = {kMetaBlock, leads ? maps_[number + 1] : kMetaBlock};
    const PageIdentity identities[] = {kMetaIdentity, identity_of_map(number + 1)};
    const Buffer map = is_moved
                           ? lock_unused(index_, to)
                           : lock_page(index_, to, identity_of_map(number), BUFFER_LOCK_EXCLUSIVE);
    Buffer newer = InvalidBuffer, meta = InvalidBuffer;
    ReadFault fault;
    if (leads)
        fault = {blocks[1],
                 try_lock_page(index_, blocks[1], identities[1], BUFFER_LOCK_EXCLUSIVE, &newer)};
    if (fault.what == nullptr) {
        fault = {kMetaBlock,
                 try_lock_page(index_, kMetaBlock, kMetaIdentity, BUFFER_LOCK_EXCLUSIVE, &meta)};
        if (fault.what != nullptr && leads) UnlockReleaseBuffer(newer);
    }
    if (fault.what != nullptr) {
        UnlockReleaseBuffer(map);
        report_corruption(index_, fault.block, fault.what);
    }
    PageWrite write(index_, WriteMode::Logged);
    char* page = is_moved ? write.create(map, identity_of_map(number)) : write.edit(map);
    put_map(page, number > 0 ? maps_[number - 1] : kNoBlock, pages_.data() + first, count);
    if (leads) page_tag(write.edit(newer))->next = to;
    MetaPage& changed = meta_of(write.edit(meta));
    if (is_moved && is_newest) set_directory(&changed, {to, directory_of(changed).pages});
    changed.header.retired_xid = retired_xid;
    ++changed.header.version;
    write.commit();
    UnlockReleaseBuffer(meta);
    if (leads) UnlockReleaseBuffer(newer);
    UnlockReleaseBuffer(map);
    maps_[number] = to;
}

void DirectoryMover::run(BlockSet* set) {
    if (layout_.per_page == 0 || !plan(set)) return;
    for (uint32_t number = 0; number < maps_.size(); ++number)
        move_map(number);
}

}  // namespace

// REQUIRES: the exclusive graph lock, which keeps writers of entries away.
void move_directory(Relation index, BlockSet* set, Arena& arena) {
    DirectoryMover(index, arena).run(set);
}

}  // namespace vectidx
