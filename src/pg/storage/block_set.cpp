#include "pg/storage/block_set.hpp"

#include <algorithm>

#include "pg/storage/index_state.hpp"
#include "pg/storage/page.hpp"
#include "pg/storage/pending_list.hpp"
#include "pg/storage/tid_chain.hpp"

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

void use_graph(const MetaPage& meta, const NodeLayout& layout, BlockSet* set) {
    const MetaHeader& h = meta.header;
    set->use({kMetaBlock, 1});
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

// A chain of pages of the pending list, in use or spare.
void use_pending(Relation index, BlockNumber block, uint32_t blocks_per_page, BlockSet* set) {
    while (block != kNoBlock) {
        CHECK_FOR_INTERRUPTS();
        if (block >= set->blocks() || set->used(block))
            report_corruption(index, block, "the pending list is broken");
        set->use({block, blocks_per_page});
        const Buffer buffer = ReadBuffer(index, block);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        const PageTag tag = *page_tag(BufferGetPage(buffer));
        UnlockReleaseBuffer(buffer);
        if (tag.magic != kPageMagic || tag.kind != PageKind::Pending)
            report_corruption(index, block, "it is no page of the pending list");
        block = tag.next;
    }
}

}  // namespace

BlockSet blocks_in_use(Relation index, Arena& arena) {
    const bool shared = !RELATION_IS_LOCAL(index);
    if (shared) LockRelationForExtension(index, ExclusiveLock);
    BlockSet set(RelationGetNumberOfBlocks(index), arena);
    const CurrentMeta current(index);
    const NodeLayout& layout = current.layout();
    const MetaPage& meta = current.meta();
    const MetaHeader& h = meta.header;
    use_graph(meta, layout, &set);
    const uint32_t per_page = pending_layout(layout.words).blocks_per_page;
    use_pending(index, h.pending_head, per_page, &set);
    use_pending(index, h.pending_spare, per_page, &set);
    Array<BlockNo> tids(arena);
    list_tids_pages(index, h, &tids);
    for (const BlockNo block : tids)
        set.use({block, 1});
    if (shared) UnlockRelationForExtension(index, ExclusiveLock);
    return set;
}

}  // namespace vectidx
