// PostgreSQL's bitmaps of rows, from 14 to 18.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The pages of a bitmap, in the order of their blocks.
class BitmapRead {
  public:
    static constexpr int kMaxOffsets = MaxHeapTuplesPerPage;

    // Frees nothing but itself at end(); the bitmap is the caller's.
    explicit BitmapRead(TIDBitmap* bitmap);
    void end();

    // Returns false behind the last page.
    bool next();
    BlockNumber block() const { return block_; }
    bool whole() const { return whole_; }  // rows of the page are not known one by one
    // Whether rows of the page may not satisfy the conditions of the indexes.
    bool doubtful() const { return doubtful_; }
    const OffsetNumber* offsets() const { return offsets_; }
    uint32_t count() const { return count_; }

  private:
#if PG_VERSION_NUM >= 180000
    TBMPrivateIterator* iterator_;
#else
    TBMIterator* iterator_;
#endif
    BlockNumber block_ = InvalidBlockNumber;
    bool whole_ = false;
    bool doubtful_ = false;
    uint32_t count_ = 0;
    OffsetNumber offsets_[kMaxOffsets];
};

}  // namespace vectidx
