#include "pg/maintain/compact.hpp"

#include <algorithm>

#include "core/base/array.hpp"

#include "pg/maintain/truncate.hpp"
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/horizon.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Unused blocks up to a tenth of the index, or 64 kB, are not worth the work.
bool worth_it(uint32_t unused, BlockNumber blocks) {
    return unused > std::max<uint32_t>(8, blocks / 10);
}

// Dropped pages of the pending list are kept for its next rows, until VACUUM comes.
void release_spare_pages(Relation index) {
    if (CurrentMeta(index).header().pending_spare == kNoBlock) return;
    lock_extension(index);
    edit_meta(index, kMetaBlock, WriteMode::Logged, [](char*, MetaPage& meta) {
        meta.header.pending_spare = kNoBlock;
        meta.header.retired_xid = retirement_xid();
    });
    unlock_extension(index);
}

// Moves the groups that lie highest into the lowest unused blocks. The generation stays, and with
// it every node's id; scans that know the old places go on reading there.
class GroupMover {
  public:
    GroupMover(Relation index, const IndexState& state, Arena& arena)
        : index_(index), layout_(state.layout), meta_(state.meta()), old_(arena), new_(arena) {}

    // Plans and copies. Returns false when nothing can be gained.
    bool move(BlockSet* set, Arena& arena);
    // Swaps in the new places.
    void finish();

  private:
    bool plan(BlockSet* set, Arena& arena);
    void copy_page(uint32_t group, uint32_t page);
    bool make_extents(MetaPage* meta) const;

    Relation index_;
    NodeLayout layout_;
    MetaPage meta_;
    Array<BlockNo> old_;  // by group: its first block
    Array<BlockNo> new_;
};

// The highest groups, as many as there are unused places below them. Groups that an older version
// set aside for growth are given up.
bool GroupMover::plan(BlockSet* set, Arena& arena) {
    const uint32_t groups = meta_.header.groups == 0 ? 0 : meta_.header.fill_group + 1;
    if (groups == 0) return false;
    for (uint32_t group = 0; group < groups; ++group)
        old_.push_back(group_block(meta_, group, layout_.group_pages));
    BlockMoves moves(arena);
    moves.add(old_);
    const bool any = moves.plan(set, layout_.group_pages);
    for (const BlockNo block : old_)
        new_.push_back(moves.moves(block) ? moves.next_place() : block);
    return any || groups < meta_.header.groups;
}

// Copies one page of a group; a page that was never written becomes an empty one.
void GroupMover::copy_page(uint32_t group, uint32_t page) {
    alignas(8) char copy[BLCKSZ];
    const PageIdentity identity = {layout_.page_kind(page), meta_.header.generation,
                                   group * layout_.group_nodes + layout_.first_node(page)};
    const Buffer from = ReadBuffer(index_, old_[group] + page);
    LockBuffer(from, BUFFER_LOCK_SHARE);
    const bool written = !PageIsNew(BufferGetPage(from));
    const char* fault = written ? page_fault(BufferGetPage(from), identity) : nullptr;
    memcpy(copy, BufferGetPage(from), BLCKSZ);
    UnlockReleaseBuffer(from);
    if (fault != nullptr) report_corruption(index_, old_[group] + page, fault);
    const Buffer to = lock_unused(index_, new_[group] + page);
    PageWrite write(index_, WriteMode::Logged);
    if (written)
        write.copy(to, copy);
    else
        write.create(to, identity);
    write.commit();
    UnlockReleaseBuffer(to);
}

bool GroupMover::make_extents(MetaPage* meta) const {
    MetaHeader& h = meta->header;
    std::fill_n(meta->extents, max_extents(meta->header), Extent{});
    h.extent_count = 0;
    h.groups = static_cast<uint32_t>(new_.size());
    for (uint32_t group = 0; group < h.groups; ++group) {
        if (group > 0 && new_[group] == new_[group - 1] + layout_.group_pages) continue;
        if (h.extent_count == kMaxExtents / 2) return false;
        meta->extents[h.extent_count++] = {new_[group], group};
    }
    return true;
}

bool GroupMover::move(BlockSet* set, Arena& arena) {
    if (!plan(set, arena) || !make_extents(&meta_)) return false;
    for (uint32_t group = 0; group < new_.size(); ++group) {
        if (new_[group] == old_[group]) continue;
        for (uint32_t page = 0; page < layout_.group_pages; ++page) {
            CHECK_FOR_INTERRUPTS();
            copy_page(group, page);
        }
    }
    return true;
}

void GroupMover::finish() {
    edit_meta(index_, kMetaBlock, WriteMode::Logged, [this](char*, MetaPage& meta) {
        meta.header.extent_count = meta_.header.extent_count;
        meta.header.groups = meta_.header.groups;
        std::copy_n(meta_.extents, max_extents(meta_.header), meta.extents);
        meta.header.retired_xid = retirement_xid();
    });
}

void move_down(Relation index, MemoryContext context) {
    Arena arena = context_arena(context);
    ClaimedBlocks claimed = claim_unused(index, 0, Leave::SomeForRows, arena);
    if (!worth_it(claimed.used.unused(), claimed.used.blocks())) return;
    GroupMover mover(index, load_state(index, kMetaBlock, context), arena);
    if (mover.move(&claimed.used, arena)) {
        TEST_POINT("compact-copied");
        mover.finish();
        TEST_POINT("compact-moved");
    }
    move_tids_pages(index, &claimed.used, arena);
    move_directory(index, &claimed.used, arena);
}

}  // namespace

void BlockMoves::add(const Array<BlockNo>& blocks) {
    std::copy_n(blocks.data(), blocks.size(), blocks_.extend(blocks.size()));
}

bool BlockMoves::plan(BlockSet* set, uint32_t pages) {
    std::sort(blocks_.begin(), blocks_.end());
    while (places_.size() < blocks_.size()) {
        const Run run = set->take(pages, pages);
        if (run.count == 0 || run.first > blocks_[blocks_.size() - 1 - places_.size()]) break;
        places_.push_back(run.first);
    }
    return !places_.empty();
}

bool settle_retired(Relation index) {
    const uint64_t xid = CurrentMeta(index).header().retired_xid;
    if (xid == 0) return true;
    if (!horizon_passed(index, xid) && !await_readers(xid)) return false;
    edit_meta(index, kMetaBlock, WriteMode::Logged,
              [](char*, MetaPage& meta) { meta.header.retired_xid = 0; });
    return true;
}

void compact_index(Relation index) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx compact", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    release_spare_pages(index);
    if (settle_retired(index) && may_truncate(index)) move_down(index, context);
    settle_retired(index);
    Arena arena = context_arena(context);
    publish_unused(index, CurrentMeta(index).header().retired_xid, arena);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
}

}  // namespace vectidx
