#include "pg/pages/block_set.hpp"

#include <algorithm>

#include "pg/pages/directory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/page.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

BlockSet::BlockSet(BlockNumber blocks, Arena& arena)
    : words_(arena.alloc<uint64_t>(blocks / 64 + 1)), blocks_(blocks), unused_(blocks) {
    std::fill_n(words_, blocks / 64 + 1, 0);
}

void BlockSet::use(Run run) {
    const uint64_t end = std::min<uint64_t>(uint64_t{run.first} + run.count, blocks_);
    for (uint64_t block = run.first; block < end; ++block) {
        uint64_t& word = words_[block / 64];
        const uint64_t bit = uint64_t{1} << (block % 64);
        unused_ -= (word & bit) == 0;
        word |= bit;
    }
}

Run BlockSet::take(uint32_t unit, uint32_t wanted) {
    while (from_ < blocks_ && used(from_))
        ++from_;
    for (BlockNumber first = from_; first < blocks_;) {
        BlockNumber end = first;
        while (end < blocks_ && end - first < wanted && !used(end))
            ++end;
        const uint32_t count = (end - first) / unit * unit;
        if (count > 0) {
            use({first, count});
            return {first, count};
        }
        first = end + 1;
    }
    return {InvalidBlockNumber, 0};
}

BlockNumber BlockSet::end() const {
    BlockNumber end = blocks_;
    while (end > 0 && !used(end - 1))
        --end;
    return end;
}

BlockNumber BlockSet::next_unused(BlockNumber block) const {
    while (block < blocks_ && used(block))
        block = block % 64 == 0 && words_[block / 64] == UINT64_MAX ? block + 64 : block + 1;
    return std::min(block, blocks_);
}

void use_graph(const MetaPage& meta, const NodeLayout& layout, BlockSet* set) {
    const MetaHeader& h = meta.header;
    set->use({kMetaBlock, 1});
    if (h.free_block != 0) set->use({h.free_block, 1});
    if (h.center_block != kNoBlock) {
        constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
        set->use({h.center_block, (h.choice.dims + kPerPage - 1) / kPerPage});
    }
    for (uint32_t i = 0; i < h.extent_count; ++i) {
        const uint32_t end = i + 1 < h.extent_count ? meta.extents[i + 1].first_group : h.groups;
        set->use({meta.extents[i].first_block,
                  (end - meta.extents[i].first_group) * layout.group_pages});
    }
}

namespace {

// Follows chains of pages of the pending list.
class PendingBlocks {
  public:
    PendingBlocks(Relation index, Array<BlockNo>* blocks) : index_(index), blocks_(blocks) {}

    // From `block` to the page numbered `last`.
    void walk_list(BlockNo block, uint32_t last);
    // The spare pages. An insert may take one meanwhile, which then is numbered like the list's.
    void walk_spare();

  private:
    PageTag enter(BlockNo block);

    Relation index_;
    Array<BlockNo>* blocks_;
    uint64_t left_ = RelationGetNumberOfBlocks(index_);  // no list has more pages
};

PageTag PendingBlocks::enter(BlockNo block) {
    CHECK_FOR_INTERRUPTS();
    if (left_-- == 0 || block >= RelationGetNumberOfBlocks(index_))
        report_corruption(index_, block, "the pending list is broken");
    const Buffer buffer = read_buffer(index_, block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const PageTag tag = *page_tag(BufferGetPage(buffer));
    UnlockReleaseBuffer(buffer);
    if (tag.magic != kPageMagic || tag.kind != PageKind::Pending)
        report_corruption(index_, block, "it is not a page of the pending list");
    blocks_->push_back(block);
    return tag;
}

void PendingBlocks::walk_list(BlockNo block, uint32_t last) {
    left_ = RelationGetNumberOfBlocks(index_);
    for (PageTag tag; block != kNoBlock; block = tag.next) {
        tag = enter(block);
        if (tag.owner == last) return;
    }
}

void PendingBlocks::walk_spare() {
    left_ = RelationGetNumberOfBlocks(index_);
    MetaHeader h = CurrentMeta(index_).header();
    for (BlockNo block = h.pending_spare; block != kNoBlock;) {
        const PageTag tag = enter(block);
        const bool taken = static_cast<int32_t>(tag.owner - h.pending_first) >= 0;
        block = tag.next;
        if (!taken) continue;
        h = CurrentMeta(index_).header();
        block = h.pending_spare;
    }
}

}  // namespace

BlockSet lock_blocks_in_use(Relation index, Arena& arena) {
    Array<BlockNo> tids(arena), pending(arena), directory(arena), maps(arena);
    const CurrentMeta seen(index);
    const MetaHeader& before = seen.header();
    list_tids_pages(index, before, &tids);
    list_directory(index, seen.meta(), &directory, &maps);
    PendingBlocks walk(index, &pending);
    walk.walk_list(before.pending_head, before.pending_last);
    walk.walk_spare();
    if (!RELATION_IS_LOCAL(index)) LockRelationForExtension(index, ExclusiveLock);
    BlockSet set(RelationGetNumberOfBlocks(index), arena);
    const CurrentMeta current(index);
    const NodeLayout& layout = current.layout();
    const MetaPage& meta = current.meta();
    // Rows that came meanwhile.
    const bool had_rows = before.pending_head != kNoBlock;
    if (meta.header.pending_last != before.pending_last || !had_rows)
        walk.walk_list(had_rows ? before.pending_tail : meta.header.pending_head,
                       meta.header.pending_last);
    use_graph(meta, layout, &set);
    const uint32_t per_page = pending_layout(layout.words).blocks_per_page;
    for (const BlockNo block : pending)
        set.use({block, per_page});
    for (const Array<BlockNo>* blocks : {&tids, &directory, &maps})
        for (const BlockNo block : *blocks)
            set.use({block, 1});
    return set;
}

}  // namespace vectidx
