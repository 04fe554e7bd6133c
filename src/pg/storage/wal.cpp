#include "pg/storage/wal.hpp"

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

BlockNumber extend_relation(Relation rel, ForkNumber fork, uint32_t count, bool have_lock) {
    const bool lock = !have_lock && !RELATION_IS_LOCAL(rel);
    if (lock) LockRelationForExtension(rel, ExclusiveLock);
    BlockNumber first = InvalidBlockNumber;
    for (uint32_t i = 0; i < count; ++i) {
#if PG_VERSION_NUM >= 160000
        const Buffer buffer =
            ExtendBufferedRel(BMR_REL(rel), fork, nullptr, EB_SKIP_EXTENSION_LOCK);
#else
        const Buffer buffer = ReadBufferExtended(rel, fork, P_NEW, RBM_NORMAL, nullptr);
#endif
        if (i == 0) first = BufferGetBlockNumber(buffer);
        ReleaseBuffer(buffer);
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
