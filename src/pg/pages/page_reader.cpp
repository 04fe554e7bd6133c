#include "pg/pages/page_reader.hpp"

#include "pg/pages/index_state.hpp"

namespace vectidx {

// PostgreSQL's own error for a block beyond the end of the file is an internal one.
bool PageReader::pin_within(BlockNumber block, Buffer* buffer) {
    if (block >= blocks_) blocks_ = RelationGetNumberOfBlocks(rel_);
    if (block >= blocks_) return fail(block, "it is beyond the end of the file");
    *buffer = pass_ ? ReadBufferExtended(rel_, MAIN_FORKNUM, block, mode_, strategy_)
                    : read_buffer(rel_, block);
    return true;
}

bool PageReader::pin_unknown(BlockNumber block, Buffer* buffer) {
    if (!careful_) return pin_within(block, buffer);
    const Buffer meta = read_buffer(rel_, meta_block_);
    LockBuffer(meta, BUFFER_LOCK_SHARE);
    const char* page = BufferGetPage(meta);
    const char* fault = page_fault(page, kMetaIdentity);
    bool pinned = false;
    if (fault != nullptr)
        fail(meta_block_, fault);
    else if (meta_of(page).header.cuts != cuts_)
        fail(block, "the file was cut off");  // so the metapage changed
    else
        pinned = pin_within(block, buffer);
    UnlockReleaseBuffer(meta);
    return pinned;
}

bool PageReader::lock(BlockNumber block, const PageIdentity& identity, int mode, Buffer* buffer) {
    if (!pin(block, buffer)) return false;
    LockBuffer(*buffer, mode);
    const char* fault = page_fault(BufferGetPage(*buffer), identity);
    if (fault == nullptr) return true;
    UnlockReleaseBuffer(*buffer);
    return fail(block, fault);
}

bool PageReader::changed(char* page) {
    CHECK_FOR_INTERRUPTS();
    NodeLayout layout;
    read_meta(rel_, meta_block_, page, &layout);
    const MetaHeader& now = meta_of(page).header;
    if (now.version == version_) return false;
    stale_ = now.generation != generation_;
    if (stale_) return fail(meta_block_, "the graph was replaced while it was read");
    adopt(now);
    blocks_ = 0;
    return true;
}

}  // namespace vectidx
