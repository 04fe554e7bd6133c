// What refers to each block: the chain of Tids pages, the pending list, or nothing.
#include <algorithm>

#include "pg/inspect/checker.hpp"
#include "pg/pages/block_set.hpp"
#include "pg/pages/free_blocks.hpp"

namespace vectidx {

namespace {

void check_tids_page(Checker& c, BlockNumber block, const char* page) {
    if (const char* fault = frame_fault(page); fault != nullptr)
        c.findings.error(Code::Page, {block, -1}, "%s", fault);
    if (page_end(page) != kPayloadAt + kTidSlotsPerPage * sizeof(TidSlot))
        c.findings.error(Code::Page, {block, -1}, "the data do not end at the end of a slot");
    const auto* slots = reinterpret_cast<const TidSlot*>(page + kPayloadAt);
    constexpr TidSlot kFree = {kNoNode, 0, 0, 0, 0, {}, 0};
    for (uint32_t i = 0; i < kTidSlotsPerPage; ++i) {
        const TidSlot& slot = slots[i];
        const bool good =
            slot.owner == kNoNode
                ? memcmp(&slot, &kFree, sizeof(slot)) == 0
                : valid_tid_slot(slot) && c.reader.in_range(slot.owner) &&
                      slot.next_block != kMetaBlock && slot.moved <= 1 && slot.reserved2 == 0 &&
                      (!c.zeroes_tids() || all_zero(slot.tids + slot.count,
                                                    (kTidsPerSlot - slot.count) * sizeof(HeapTid)));
        if (!good) c.findings.error(Code::Chain, {block, static_cast<int>(i)}, "invalid TID slot");
    }
}

// The Tids pages hang together, newest first, from the metapage; only new ones are added to the
// chain, before it.
void check_tids_chain(Checker& c, BlockSet* used) {
    c.reader.refresh();
    const PageIdentity tids = {PageKind::Tids, c.reader.header().generation, 0};
    const BlockNumber blocks = RelationGetNumberOfBlocks(c.index);
    BlockSet seen(blocks, c.arena);
    alignas(8) char page[BLCKSZ];
    for (BlockNo block = c.reader.header().tids_block; block != kNoBlock;
         block = page_tag(page)->next) {
        CHECK_FOR_INTERRUPTS();
        if (block >= blocks || seen.used(block)) {
            c.findings.error(Code::Chain, {block, -1}, "the chain of TID pages %s",
                             block < blocks ? "comes back to a page" : "leaves the file");
            break;
        }
        copy_page(c.reader.pages(), block, page);
        if (const char* fault = page_fault(page, tids); fault != nullptr) {
            c.findings.error(Code::Chain, {block, -1}, "on the chain of TID pages: %s", fault);
            break;
        }
        check_tids_page(c, block, page);
        c.tids_pages.push_back(block);
        seen.use({block, 1});
        used->use({block, 1});
    }
    std::sort(c.tids_pages.begin(), c.tids_pages.end());
}

void use_pending(Checker& c, BlockSet* used) {
    PendingImage image(c.arena);
    read_pending(c.index, c.layout, &image);
    const uint32_t per_page = pending_layout(c.layout.words).blocks_per_page;
    for (const BlockNo block : image.pages)
        used->use({block, per_page});
    for (const BlockNo block : image.spare)
        used->use({block, per_page});
}

// Whether each slot of a page of TIDs is without any, or has a copy elsewhere.
bool all_moved(const char* page) {
    const auto* slots = reinterpret_cast<const TidSlot*>(page + kPayloadAt);
    return std::all_of(slots, slots + kTidSlotsPerPage, [](const TidSlot& slot) {
        return slot.owner == kNoNode || slot.count == 0 || slot.moved != 0;
    });
}

// Copies a block that nothing refers to, which VACUUM may cut off at any time. On the primary it
// does so with the lock for extending; a standby looks at those only which lie before something in
// use, below `end`. Returns false when the block was not looked at.
bool copy_unused(Checker& c, BlockNo block, BlockNumber end, char* page) {
    const bool standby = RecoveryInProgress();
    if (standby && block >= end) return false;
    if (!standby) lock_extension(c.index);
    const bool there = block < RelationGetNumberOfBlocks(c.index);
    PageReader& pages = c.reader.pages();
    pages.set_pass(true);
    pages.set_mode(RBM_ZERO_ON_ERROR);
    if (there) copy_page(pages, block, page);
    pages.set_mode(RBM_NORMAL);
    pages.set_pass(false);
    if (!standby) unlock_extension(c.index);
    return there;
}

// Whether a block that nothing refers to claims to belong to the current graph. A page of nodes or
// of TIDs may do so: its contents were moved elsewhere. A crash may have torn the block, so that
// PostgreSQL finds it damaged: PostgreSQL then warns and returns a page of zeros.
bool claims_graph(Checker& c, BlockNo block, BlockNumber end) {
    alignas(8) char page[BLCKSZ];
    if (!copy_unused(c, block, end, page)) return false;
    const PageTag* tag = page_tag(page);
    const uint32_t generation = c.reader.header().generation;
    if (page_fault(page, {tag->kind, generation, tag->owner}) != nullptr) return false;
    if (tag->kind == PageKind::Tids) return !all_moved(page);
    // Likewise a page of the directory, which may also be left by work that was broken off.
    if (tag->kind == PageKind::Directory || tag->kind == PageKind::DirectoryMap) return false;
    return !(tag->kind >= PageKind::Links && tag->kind <= PageKind::Refinement &&
             c.reader.in_range(tag->owner));
}

void report_unused(Checker& c, Run run) {
    if (run.count > 0)
        c.findings.report(Severity::Info, Code::OrphanPage, {run.first, -1},
                          "%u unused blocks from block %u", run.count, run.first);
}

}  // namespace

void check_pending(Checker& c) {
    for (const PendingImage::Fault& fault : c.pending.faults)
        c.findings.error(Code::Pending, fault.at, "%s", fault.text);
    for (const PendingImage::Row& row : c.pending.rows)
        c.was_pending.insert(row.entry.tid);
}

bool is_tids_page(Checker& c, BlockNo block) {
    c.reader.refresh();
    const PageIdentity tids = {PageKind::Tids, c.reader.header().generation, 0};
    const BlockNumber blocks = RelationGetNumberOfBlocks(c.index);
    alignas(8) char page[BLCKSZ];
    BlockNo at = c.reader.header().tids_block;
    for (BlockNumber left = blocks; left > 0 && at < blocks; --left) {
        CHECK_FOR_INTERRUPTS();
        if (at == block) return true;
        if (std::binary_search(c.tids_pages.begin(), c.tids_pages.end(), at)) break;
        copy_page(c.reader.pages(), at, page);
        if (page_fault(page, tids) != nullptr) break;
        at = page_tag(page)->next;
    }
    return std::binary_search(c.tids_pages.begin(), c.tids_pages.end(), block);
}

void check_blocks(Checker& c) {
    BlockSet used(c.blocks, c.arena);
    check_tids_chain(c, &used);
    check_directory_map(c, &used);
    use_pending(c, &used);
    const FreeList free = check_free_page(c, &used);
    BlockNumber end = c.blocks;  // of what is in use
    for (size_t i = c.other_blocks.size(); i > 0; --i) {
        if (c.other_blocks[i - 1] + 1 != end || used.used(end - 1)) break;
        --end;
    }
    Run run = {0, 0};
    for (const BlockNo block : c.other_blocks) {
        CHECK_FOR_INTERRUPTS();
        if (used.used(block)) continue;
        if (claims_graph(c, block, end) && !is_tids_page(c, block))
            c.findings.report(Severity::Warning, Code::OrphanPage, {block, -1},
                              "a page of the graph in force that nothing refers to");
        if (free.find(block) != nullptr) continue;
        if (block != run.first + run.count) {
            report_unused(c, run);
            run = {block, 0};
        }
        ++run.count;
    }
    report_unused(c, run);
}

}  // namespace vectidx
