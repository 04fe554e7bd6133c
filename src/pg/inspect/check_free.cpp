// The page of free blocks (core/layout/free_page.hpp).
#include <algorithm>

#include "core/layout/free_page.hpp"

#include "pg/inspect/checker.hpp"
#include "pg/pages/block_set.hpp"

namespace vectidx {

namespace {

// Reads the page as it is now. Returns its block, 0 when there is none.
BlockNo read_list(Checker& c, FreeList* list, const char** fault) {
    c.reader.refresh();
    *fault = nullptr;
    list->clear();
    const BlockNo block = c.reader.header().free_block;
    if (block == 0) return 0;
    if (block >= RelationGetNumberOfBlocks(c.index)) {
        *fault = "the page of free blocks is beyond the end of the file";
        return block;
    }
    alignas(8) char page[BLCKSZ];
    copy_page(c.reader.pages(), block, page);
    *fault = page_fault(page, {PageKind::Free, 0, 0});
    if (*fault == nullptr) *fault = frame_fault(page);
    if (*fault != nullptr) return block;
    const uint32_t bytes = page_end(page) - static_cast<uint32_t>(kPayloadAt);
    if (bytes % sizeof(FreeRun) != 0 ||
        !list->load(reinterpret_cast<const FreeRun*>(page + kPayloadAt),
                    static_cast<uint32_t>(bytes / sizeof(FreeRun))))
        *fault = "invalid runs of free blocks";
    return block;
}

// The first block of the list that something refers to, or kNoBlock. A block leaves the list before
// it is used.
BlockNo find_used(Checker& c, const FreeList& list, const BlockSet& used) {
    for (uint32_t i = 0; i < list.size(); ++i) {
        const uint64_t end = uint64_t{list[i].first} + list[i].count;
        for (uint64_t at = list[i].first; at < std::min<uint64_t>(end, c.blocks); ++at) {
            const auto block = static_cast<BlockNo>(at);
            if (used.used(block) ||
                !std::binary_search(c.other_blocks.begin(), c.other_blocks.end(), block))
                return block;
        }
    }
    return kNoBlock;
}

}  // namespace

FreeList check_free_page(Checker& c, BlockSet* used) {
    FreeList list;
    const char* fault = nullptr;
    BlockNo block = read_list(c, &list, &fault);
    // VACUUM may have moved the page.
    if (fault != nullptr) block = read_list(c, &list, &fault);
    if (fault != nullptr) c.findings.error(Code::Page, {block, -1}, "%s", fault);
    // Rows of the pending list may have been merged, and their pages given back, since that was
    // read: it is read again.
    if (find_used(c, list, *used) != kNoBlock) {
        PendingImage image(c.arena);
        BlockSet now(c.blocks, c.arena);
        for (const BlockNo page : c.tids_pages)
            now.use({page, 1});
        check_directory_map(c, &now);
        read_pending(c.index, c.layout, &image);
        const uint32_t per_page = pending_layout(c.layout.words).blocks_per_page;
        for (const BlockNo page : image.pages)
            now.use({page, per_page});
        for (const BlockNo page : image.spare)
            now.use({page, per_page});
        block = read_list(c, &list, &fault);
        const BlockNo wrong = find_used(c, list, now);
        if (wrong != kNoBlock)
            c.findings.error(Code::Page, {block, -1}, "block %u is free and in use", wrong);
    }
    if (block != 0) used->use({block, 1});
    return list;
}

}  // namespace vectidx
