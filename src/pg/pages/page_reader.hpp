// Reading pages beside VACUUM, which a reader does not lock out.
//
// A reader may find another page than it looked for, for two reasons: VACUUM has moved, replaced or
// cut off the page to which the reader's copy of the metapage leads, or the index is damaged. Such
// a read returns false, holds nothing, and notes what it found. The reader then asks whether the
// metapage changed. If so, it locates the page again or starts again; if not, the index is damaged.
//
// On the primary no block is reused or cut off while a snapshot may lead there. Nothing holds the
// primary back for a standby's readers, so a reader that began in recovery is careful. If it knows
// no buffer of a block, it compares MetaHeader::cuts under the metapage's lock and pins the block
// before it releases the lock. The record that counts a cut is replayed before the cut, and waits
// for that lock. So no block is missing when it is read.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"

#include "pg/pages/page.hpp"

namespace vectidx {

class PageReader {
  public:
    // `seen`: of the metapage that leads to the pages.
    PageReader(Relation rel, BlockNumber meta_block, const MetaHeader& seen)
        : rel_(rel), meta_block_(meta_block), careful_(RecoveryInProgress()) {
        adopt(seen);
    }

    Relation relation() const { return rel_; }
    bool careful() const { return careful_; }
    uint64_t version() const { return version_; }
    // For a pass over the whole index: a hint for every block would forget those that searches use.
    void set_pass(bool pass, BufferAccessStrategy strategy = nullptr) {
        pass_ = pass;
        strategy_ = strategy;
    }
    // In a pass; RBM_ZERO_ON_ERROR: a block that PostgreSQL takes for damaged is read as zeros.
    void set_mode(ReadBufferMode mode) { mode_ = mode; }

    // Pins a block. REQUIRES where the reader is careful: no content lock is held.
    bool pin(BlockNumber block, Buffer* buffer) {
        *buffer = recent_buffer(rel_, block);
        return BufferIsValid(*buffer) || pin_unknown(block, buffer);
    }
    // Pins, locks and checks a page.
    bool lock(BlockNumber block, const PageIdentity& identity, int mode, Buffer* buffer);
    // Shows a page to f(const char* page) under a share lock; f returns what is wrong, or nullptr.
    template <class F>
    bool read(BlockNumber block, const PageIdentity& identity, F&& f) {
        Buffer buffer;
        if (!lock(block, identity, BUFFER_LOCK_SHARE, &buffer)) return false;
        const char* fault = f(static_cast<const char*>(BufferGetPage(buffer)));
        UnlockReleaseBuffer(buffer);
        return fault == nullptr || fail(block, fault);
    }

    // Notes what was found. Returns false.
    bool fail(BlockNumber block, const char* what) {
        fault_ = {block, what};
        return false;
    }
    const ReadFault& fault() const { return fault_; }

    // After a failure: whether there is reason to look again, because the metapage is not what the
    // reader knew. Then page[BLCKSZ] is a copy of it, which the reader knows from now on. Not so
    // when it is of another generation, where all that was read is stale(), or the same: then the
    // failure is damage(). ERROR when the metapage is damaged itself. REQUIRES: no content lock is
    // held.
    bool changed(char* page);
    bool stale() const { return stale_; }
    // Reports the failure. REQUIRES: nothing is held. Where a lock keeps the generation, there is
    // no other reason than damage.
    [[noreturn]] void report() const { report_corruption(rel_, fault_.block, fault_.what); }

    void adopt(const MetaHeader& seen) {
        generation_ = seen.generation;
        cuts_ = seen.cuts;
        version_ = seen.version;
    }

  private:
    bool pin_unknown(BlockNumber block, Buffer* buffer);
    bool pin_within(BlockNumber block, Buffer* buffer);

    Relation rel_;
    BlockNumber meta_block_;
    bool careful_;
    bool stale_ = false;
    uint32_t generation_ = 0;
    uint32_t cuts_ = 0;
    uint64_t version_ = 0;
    BlockNumber blocks_ = 0;  // the file has at least so many, or had before cuts_ changed
    bool pass_ = false;
    BufferAccessStrategy strategy_ = nullptr;
    ReadBufferMode mode_ = RBM_NORMAL;
    ReadFault fault_{};
};

}  // namespace vectidx
