#include "pg/inspect/pending_reader.hpp"

#include <cmath>

#include "pg/inspect/graph_reader.hpp"
#include "pg/pages/block_set.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

// The metapage as it is now, with any generation. False when it is damaged.
bool read_header(Relation index, MetaHeader* header) {
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    copy_metapage(index, page);
    const auto& meta = meta_of(page);
    if (page_fault(page, kMetaIdentity) != nullptr || !valid_meta(meta, &layout)) return false;
    *header = meta.header;
    return true;
}

class PendingWalk {
  public:
    PendingWalk(Relation index, uint32_t words, PendingImage* image)
        : pages_(index, kMetaBlock, image->header),
          layout_(pending_layout(words)),
          words_(words),
          image_(image),
          seen_(RelationGetNumberOfBlocks(index), image->arena),
          bytes_(image->arena.alloc<char>(layout_.blocks_per_page * kPagePayload)) {}

    void walk_list();
    void walk_spare();

  private:
    void complain(BlockNo block, const char* text, int slot = -1) {
        image_->faults.push_back({{block, slot}, text});
    }
    bool enter(BlockNo block);
    const char* read_list_page(BlockNo block, uint32_t sequence);
    const char* read_piece(BlockNo block, uint32_t sequence, uint32_t piece);
    uint32_t count_entries(BlockNo block);
    void check_entry(const PendingEntry& entry, Spot at);

    PageReader pages_;
    PendingLayout layout_;
    uint32_t words_;
    PendingImage* image_;
    BlockSet seen_;
    char* bytes_;        // the entries of a page
    PageTag tag_{};      // and its tag
    uint32_t used_ = 0;  // bytes of entries
};

// Whether there is a page which was not come by yet.
bool PendingWalk::enter(BlockNo block) {
    CHECK_FOR_INTERRUPTS();
    if (uint64_t{block} + layout_.blocks_per_page > seen_.blocks()) {
        complain(block, "the pending list leads beyond the end of the file");
        return false;
    }
    bool seen = block == kMetaBlock;
    for (uint32_t piece = 0; piece < layout_.blocks_per_page; ++piece)
        seen = seen || seen_.used(block + piece);
    if (seen) complain(block, "the pending list comes back to a page");
    seen_.use({block, layout_.blocks_per_page});
    return !seen;
}

const char* PendingWalk::read_piece(BlockNo block, uint32_t sequence, uint32_t piece) {
    alignas(8) char page[BLCKSZ];
    copy_page(pages_, block + piece, page);
    if (const char* fault = page_fault(page, {PageKind::Pending, 0, sequence}); fault != nullptr)
        return fault;
    if (const char* fault = frame_fault(page); fault != nullptr) return fault;
    const PageTag* tag = page_tag(page);
    const uint32_t end = page_end(page) - static_cast<uint32_t>(kPayloadAt);
    if (piece == 0) {
        tag_ = *tag;
        used_ = 0;
        if (tag->closed > 1) return "the page is neither open nor closed";
    } else if (tag->closed != 0 || tag->next != kNoBlock) {
        return "a further block of a pending row has a chain of its own";
    }
    const bool full = piece + 1 < layout_.blocks_per_page;
    if (full && end != kPagePayload) return "a pending row ends before its next block";
    memcpy(bytes_ + piece * kPagePayload, page + kPayloadAt, kPagePayload);
    used_ += end;
    return nullptr;
}

const char* PendingWalk::read_list_page(BlockNo block, uint32_t sequence) {
    for (uint32_t piece = 0; piece < layout_.blocks_per_page; ++piece)
        if (const char* fault = read_piece(block, sequence, piece); fault != nullptr) {
            complain(block + piece, fault);
            return fault;
        }
    return nullptr;
}

uint32_t PendingWalk::count_entries(BlockNo block) {
    const uint32_t count = std::min(used_ / layout_.entry_size, layout_.entries_per_page);
    if (count == 0 || used_ != count * layout_.entry_size)
        complain(block, "the data do not end at the end of a pending row");
    for (uint32_t i = 0; i < count; ++i)
        check_entry(*reinterpret_cast<const PendingEntry*>(bytes_ + size_t{i} * layout_.entry_size),
                    {block, static_cast<int>(i)});
    return count;
}

void PendingWalk::check_entry(const PendingEntry& entry, Spot at) {
    const bool products = image_->header.metric == Metric::InnerProduct;
    const bool good_norm =
        products ? entry.norm2 >= 0.0f && std::isfinite(entry.norm2) : entry.norm2 == 0.0f;
    if (!valid_entry(entry, words_))
        complain(at.block, "invalid state of a pending row, or its checksum does not match",
                 at.slot);
    else if (!good_norm || (entry.flags & ~(kScaledDown | kSharedNode)) != 0 ||
             entry.reserved[0] != 0 || entry.reserved[1] != 0 || entry.tid.offset == 0)
        complain(at.block, "invalid fields in a pending row", at.slot);
    if (entry.state == PendingState::Waiting) image_->rows.push_back({entry, at});
}

// A page has a next one when it is full or was closed. What is behind the last one was added since
// the metapage was read.
void PendingWalk::walk_list() {
    const MetaHeader& h = image_->header;
    BlockNo block = h.pending_head;
    if (block == kNoBlock) return;
    for (uint32_t sequence = h.pending_first;; ++sequence) {
        if (!enter(block) || read_list_page(block, sequence) != nullptr) return;
        image_->pages.push_back(block);
        const uint32_t count = count_entries(block);
        if (sequence == h.pending_last) {
            if (block != h.pending_tail || tag_.next != kNoBlock)
                complain(block, "the pending list does not end where the metapage says");
            return;
        }
        if (tag_.closed == 0 && count < layout_.entries_per_page)
            complain(block, "a page of the pending list has a next one before it is full");
        if (tag_.next == kNoBlock)
            return complain(block, "the pending list ends before its last page");
        block = tag_.next;
    }
}

// The contents of spare pages do not matter. They were dropped, so they are older than the list.
void PendingWalk::walk_spare() {
    alignas(8) char page[BLCKSZ];
    for (BlockNo block = image_->header.pending_spare; block != kNoBlock;) {
        if (!enter(block)) return;
        copy_page(pages_, block, page);
        const PageTag tag = *page_tag(page);
        const char* fault = page_fault(page, {PageKind::Pending, 0, tag.owner});
        if (fault == nullptr) fault = frame_fault(page);
        if (fault == nullptr && static_cast<int32_t>(tag.owner - image_->header.pending_first) >= 0)
            fault = "a spare page is numbered like one of the pending list";
        if (fault != nullptr) return complain(block, fault);
        image_->spare.push_back(block);
        block = tag.next;
    }
}

}  // namespace

void read_pending(Relation index, const NodeLayout& layout, PendingImage* image) {
    MetaHeader& h = image->header;
    if (!read_header(index, &h)) {
        h.pending_head = h.pending_spare = kNoBlock;
        return;  // it was reported
    }
    for (bool stable = false; !stable;) {
        CHECK_FOR_INTERRUPTS();
        image->rows.clear();
        image->pages.clear();
        image->spare.clear();
        image->faults.clear();
        PendingWalk walk(index, layout.words, image);
        walk.walk_list();
        walk.walk_spare();
        MetaHeader now;
        if (!read_header(index, &now)) return;
        // Pages of the list are only dropped at its head. Pages that were added since, or taken
        // from the spare ones, may look like a fault.
        stable = now.pending_first == h.pending_first && now.cuts == h.cuts &&
                 now.retired_xid == h.retired_xid &&
                 (image->faults.empty() ||
                  (now.pending_last == h.pending_last && now.pending_head == h.pending_head &&
                   now.pending_spare == h.pending_spare));
        if (!stable) h = now;
    }
}

}  // namespace vectidx
