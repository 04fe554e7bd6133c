#include "pg/filter/bitmap_read.hpp"

#include <algorithm>

namespace vectidx {

#if PG_VERSION_NUM >= 180000

BitmapRead::BitmapRead(TIDBitmap* bitmap) : iterator_(tbm_begin_private_iterate(bitmap)) {}

void BitmapRead::end() {
    tbm_end_private_iterate(iterator_);
}

bool BitmapRead::next() {
    TBMIterateResult page;
    if (!tbm_private_iterate(iterator_, &page)) return false;
    block_ = page.blockno;
    whole_ = page.lossy;
    doubtful_ = page.recheck;
    count_ = 0;
    if (!whole_)
        count_ = static_cast<uint32_t>(
            std::min(tbm_extract_page_tuple(&page, offsets_, kMaxOffsets), kMaxOffsets));
    return true;
}

#else

BitmapRead::BitmapRead(TIDBitmap* bitmap) : iterator_(tbm_begin_iterate(bitmap)) {}

void BitmapRead::end() {
    tbm_end_iterate(iterator_);
}

bool BitmapRead::next() {
    const TBMIterateResult* page = tbm_iterate(iterator_);
    if (page == nullptr) return false;
    block_ = page->blockno;
    whole_ = page->ntuples < 0;
    doubtful_ = page->recheck;
    count_ = whole_ ? 0 : static_cast<uint32_t>(std::min(page->ntuples, kMaxOffsets));
    std::copy_n(page->offsets, count_, offsets_);
    return true;
}

#endif

}  // namespace vectidx
