#include "pg/pages/wal.hpp"

#include "pg/test_point.hpp"

namespace vectidx {

char* PageWrite::add(Buffer buffer, int flags) {
    Assert(count_ < kMaxPages);
    buffers_[count_++] = buffer;
    return state_ != nullptr ? GenericXLogRegisterBuffer(state_, buffer, flags)
                             : BufferGetPage(buffer);
}

void PageWrite::commit() {
    if (state_ != nullptr)
        GenericXLogFinish(state_);
    else
        for (int i = 0; i < count_; ++i)
            MarkBufferDirty(buffers_[i]);
    count_ = 0;
    TEST_POINT("write");
}

Buffer lock_unused(Relation rel, BlockNumber block) {
    return ReadBufferExtended(rel, MAIN_FORKNUM, block, RBM_ZERO_AND_LOCK, nullptr);
}

namespace {

// Adds up to `count` blocks and returns the first; *added is their number.
BlockNumber add_blocks(Relation rel, ForkNumber fork, uint32_t count, uint32_t* added) {
#if PG_VERSION_NUM >= 160000
    constexpr uint32_t kAtOnce = 64;
    Buffer buffers[kAtOnce];
    const BlockNumber first =
        ExtendBufferedRelBy(BMR_REL(rel), fork, nullptr, EB_SKIP_EXTENSION_LOCK,
                            count < kAtOnce ? count : kAtOnce, buffers, added);
    for (uint32_t i = 0; i < *added; ++i)
        ReleaseBuffer(buffers[i]);
#else
    (void)count;
    const Buffer buffer = ReadBufferExtended(rel, fork, P_NEW, RBM_NORMAL, nullptr);
    const BlockNumber first = BufferGetBlockNumber(buffer);
    ReleaseBuffer(buffer);
    *added = 1;
#endif
    return first;
}

}  // namespace

BlockNumber extend_relation(Relation rel, ForkNumber fork, uint32_t count, bool have_lock) {
    const bool lock = !have_lock && !RELATION_IS_LOCAL(rel);
    if (lock) LockRelationForExtension(rel, ExclusiveLock);
    uint32_t added = 0;
    const BlockNumber first = add_blocks(rel, fork, count, &added);
    for (uint32_t more = 0; added < count; added += more) {
        CHECK_FOR_INTERRUPTS();
        add_blocks(rel, fork, count - added, &more);
    }
    if (lock) UnlockRelationForExtension(rel, ExclusiveLock);
    return first;
}

void log_blocks(Relation rel, BlockNumber first, uint32_t count) {
    if (RelationNeedsWAL(rel)) log_newpage_range(rel, MAIN_FORKNUM, first, first + count, true);
}

void log_empty_block(Relation rel, ForkNumber fork, BlockNumber block) {
    if (!RelationNeedsWAL(rel) && fork != INIT_FORKNUM) return;
    const Buffer buffer = ReadBufferExtended(rel, fork, block, RBM_NORMAL, nullptr);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (PageIsNew(BufferGetPage(buffer))) {
        START_CRIT_SECTION();
        MarkBufferDirty(buffer);
        log_newpage_buffer(buffer, true);
        END_CRIT_SECTION();
    }
    UnlockReleaseBuffer(buffer);
}

void log_fork(Relation rel, ForkNumber fork) {
    const BlockNumber blocks = RelationGetNumberOfBlocksInFork(rel, fork);
    if (blocks == 0 || (!RelationNeedsWAL(rel) && fork != INIT_FORKNUM)) return;
    log_newpage_range(rel, fork, 0, blocks, true);
    log_empty_block(rel, fork, blocks - 1);
}

}  // namespace vectidx
