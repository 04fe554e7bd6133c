#include "core/layout/row_list.hpp"

#include <algorithm>
#include <bit>

namespace vectidx {

namespace {

constexpr uint32_t kBitsPerWord = 64;
// Of one page: a heap page has at most 291 places.
constexpr size_t kMostWords = 8;

}  // namespace

// Whether one more page might need more memory than there is. Arrays double.
bool RowList::is_full() const {
    const size_t words = (words_.size() + kMostWords) * sizeof(uint64_t);
    const size_t growth = runs_.growth() + (words > words_.bytes() ? words_.bytes() + words : 0);
    return runs_.bytes() + words_.bytes() + growth > max_bytes_;
}

// Gives up the bits of the last run.
void RowList::make_last_whole() {
    const uint32_t first = runs_.back().first;
    for (size_t i = first; i < words_.size(); ++i)
        rows_ -= static_cast<uint64_t>(std::popcount(words_[i]));
    words_.truncate(first);
    --pages_;
    ++whole_pages_;
}

void RowList::add_page(BlockNo block, const uint16_t* offsets, uint32_t count) {
    if (count == 0) return;
    if (is_full()) {
        add_whole_pages(block, 1);
        return;
    }
    const uint32_t most = *std::max_element(offsets, offsets + count);
    const auto first = static_cast<uint32_t>(words_.size());
    const uint32_t words = most / kBitsPerWord + 1;
    uint64_t* bits = words_.extend(words);
    std::fill_n(bits, words, 0);
    for (uint32_t i = 0; i < count; ++i)
        bits[offsets[i] / kBitsPerWord] |= uint64_t{1} << offsets[i] % kBitsPerWord;
    runs_.push_back({block, 1, first});
    rows_ += count;
    ++pages_;
}

void RowList::add_whole_pages(BlockNo block, uint32_t count) {
    if (count == 0) return;
    const bool full = !runs_.empty() && is_full();
    if (full && !whole(static_cast<uint32_t>(runs_.size() - 1))) make_last_whole();
    Run* last = runs_.empty() ? nullptr : &runs_.back();
    const bool joins = last != nullptr && last->block + last->count == block &&
                       whole(static_cast<uint32_t>(runs_.size() - 1));
    if (last != nullptr && (full || joins)) {
        // What lies between is taken along when there is no room for a run of its own.
        whole_pages_ += block + count - (last->block + last->count);
        last->count = block + count - last->block;
        return;
    }
    runs_.push_back({block, count, static_cast<uint32_t>(words_.size())});
    whole_pages_ += count;
}

// A directory makes a look-up two accesses; it pays where pages are many.
void RowList::finish() {
    constexpr uint64_t kSparse = 64;
    if (runs_.empty()) return;
    const uint64_t blocks = uint64_t{runs_.back().block} + runs_.back().count;
    if (blocks > kSparse * (pages_ + whole_pages_) ||
        bytes() + blocks * sizeof(uint32_t) > max_bytes_)
        return;
    std::fill_n(directory_.extend(blocks), blocks, 0);
    for (uint32_t i = 0; i < runs_.size(); ++i)
        std::fill_n(directory_.data() + runs_[i].block, runs_[i].count, i + 1);
}

bool RowList::find(BlockNo block, uint32_t* run) const {
    const Run* behind =
        std::upper_bound(runs_.begin(), runs_.end(), block,
                         [](BlockNo value, const Run& each) { return value < each.block; });
    if (behind == runs_.begin()) return false;
    *run = static_cast<uint32_t>(behind - runs_.begin() - 1);
    return block - runs_[*run].block < runs_[*run].count;
}

}  // namespace vectidx
