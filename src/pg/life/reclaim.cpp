#include "pg/life/reclaim.hpp"

#include <algorithm>

#include "core/base/array.hpp"

#include "pg/memory.hpp"
#include "pg/storage/block_set.hpp"
#include "pg/storage/pending_list.hpp"
#include "pg/storage/wal.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Unused blocks up to a tenth of the index, or 64 kB, are not worth the work.
bool worth_it(uint32_t unused, BlockNumber blocks) {
    return unused > std::max<uint32_t>(8, blocks / 10);
}

// Dropped pages of the pending list are kept for its next rows; without any rows they are unused.
void release_spare_pages(Relation index) {
    const MetaHeader h = CurrentMeta(index).header();
    if (h.pending_head != kNoBlock || h.pending_spare == kNoBlock) return;
    drop_pending(
        index, false, 0,
        [](void*, char*, MetaPage& meta) {
            if (meta.header.pending_head != kNoBlock) return;
            meta.header.pending_spare = kNoBlock;
            meta.header.retired_xid = U64FromFullTransactionId(ReadNextFullTransactionId());
        },
        nullptr);
}

// Moves the groups that lie highest into the lowest unused blocks. The generation stays, and with
// it every node's id; scans that know the old places go on reading there.
class Mover {
  public:
    Mover(Relation index, const IndexState& state, Arena& arena)
        : index_(index), layout_(state.layout), meta_(state.meta()), old_(arena), new_(arena) {}

    // Plans and copies. Returns false when nothing can be gained.
    bool move(BlockSet* set);
    // Puts the new places in force.
    void finish();

  private:
    bool plan(BlockSet* set);
    void copy_page(uint32_t group, uint32_t page);
    bool make_extents(MetaPage* meta) const;

    Relation index_;
    NodeLayout layout_;
    MetaPage meta_;
    Array<BlockNo> old_;  // by group: its first block
    Array<BlockNo> new_;
};

// The highest groups, as many as there are unused places below them. Groups that were only set
// aside for growth are given up.
bool Mover::plan(BlockSet* set) {
    const uint32_t groups = meta_.header.groups == 0 ? 0 : meta_.header.fill_group + 1;
    if (groups == 0) return false;
    for (uint32_t group = 0; group < groups; ++group)
        old_.push_back(group_block(meta_, group, layout_.group_pages));
    std::copy_n(old_.data(), groups, new_.extend(groups));
    std::sort(new_.begin(), new_.end());
    Arena arena = context_arena(CurrentMemoryContext);
    Array<BlockNo> places(arena);
    while (places.size() < groups) {
        const Run run = set->take(layout_.group_pages, layout_.group_pages);
        if (run.count == 0 || run.first > new_[groups - 1 - places.size()]) break;
        places.push_back(run.first);
    }
    const BlockNo first_moved = places.empty() ? kNoBlock : new_[groups - places.size()];
    uint32_t next = 0;
    for (uint32_t group = 0; group < groups; ++group)
        new_[group] = old_[group] < first_moved ? old_[group] : places[next++];
    return !places.empty() || groups < meta_.header.groups;
}

// Copies one page of a group; a page that was never written becomes an empty one.
void Mover::copy_page(uint32_t group, uint32_t page) {
    alignas(8) char copy[BLCKSZ];
    const PageIdentity identity = {layout_.page_kind(page), meta_.header.generation,
                                   group * layout_.group_nodes + layout_.first_node(page)};
    const Buffer from = ReadBuffer(index_, old_[group] + page);
    LockBuffer(from, BUFFER_LOCK_SHARE);
    const bool written = !PageIsNew(BufferGetPage(from));
    if (written) {
        check_locked(index_, from, identity);
        memcpy(copy, BufferGetPage(from), BLCKSZ);
    }
    UnlockReleaseBuffer(from);
    const Buffer to = lock_unused(index_, new_[group] + page);
    PageWrite write(index_, WriteMode::Building);
    if (written)
        write.copy(to, copy);
    else
        write.create(to, identity);
    write.commit();
    UnlockReleaseBuffer(to);
}

bool Mover::make_extents(MetaPage* meta) const {
    MetaHeader& h = meta->header;
    std::fill_n(meta->extents, kMaxExtents, Extent{});
    h.extent_count = 0;
    h.groups = static_cast<uint32_t>(new_.size());
    for (uint32_t group = 0; group < h.groups; ++group) {
        if (group > 0 && new_[group] == new_[group - 1] + layout_.group_pages) continue;
        if (h.extent_count == kMaxExtents / 2) return false;
        meta->extents[h.extent_count++] = {new_[group], group};
    }
    return true;
}

bool Mover::move(BlockSet* set) {
    if (!plan(set) || !make_extents(&meta_)) return false;
    for (uint32_t group = 0; group < new_.size(); ++group) {
        if (new_[group] == old_[group]) continue;
        CHECK_FOR_INTERRUPTS();
        for (uint32_t page = 0; page < layout_.group_pages; ++page)
            copy_page(group, page);
        log_blocks(index_, new_[group], layout_.group_pages);
    }
    return true;
}

void Mover::finish() {
    edit_meta(index_, kMetaBlock, WriteMode::Logged, [this](char*, MetaPage& meta) {
        meta.header.extent_count = meta_.header.extent_count;
        meta.header.groups = meta_.header.groups;
        std::copy_n(meta_.extents, kMaxExtents, meta.extents);
        meta.header.retired_xid = U64FromFullTransactionId(ReadNextFullTransactionId());
    });
}

// Cuts off what is unused at the end, when nobody has the index open. New scans and inserts wait
// for the moment that this takes.
BlockNumber cut_off(Relation index, Arena& arena) {
    BlockSet set = blocks_in_use(index, arena);
    if (set.blocks() == set.end()) return 0;
    constexpr int kTries = 20;
    for (int i = 0; !try_lock_index(index); ++i) {
        if (i == kTries || IsInParallelMode()) return 0;
        CHECK_FOR_INTERRUPTS();
        pg_usleep(10000);
    }
    set = blocks_in_use(index, arena);
    const BlockNumber before = set.blocks(), end = set.end();
    TEST_POINT("reclaim-cut");
    if (end < before) RelationTruncate(index, end);
    UnlockRelation(index, AccessExclusiveLock);
    return before - end;
}

}  // namespace

BlockNumber reclaim_blocks(Relation index, const LifeOptions& options) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx reclaim", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    Arena arena = context_arena(context);
    release_spare_pages(index);
    BlockSet set = blocks_in_use(index, arena);
    BlockNumber cut = 0;
    if (worth_it(set.unused(), set.blocks())) {
        const IndexState& state = load_state(index, kMetaBlock, context);
        if (may_reuse_blocks(index, state.meta().header, options.in_vacuum)) {
            Mover mover(index, state, arena);
            if (mover.move(&set)) {
                TEST_POINT("reclaim-copied");
                mover.finish();
            }
            TEST_POINT("reclaim-moved");
        }
        cut = cut_off(index, arena);
    }
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return cut;
}

}  // namespace vectidx
