#include "core/construct/rows.hpp"

#include <algorithm>

namespace vectidx {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;
constexpr uint32_t kFirstTable = 1024;

}  // namespace

Rows::Rows(const NodeLayout& layout, Arena& arena)
    : layout_(layout),
      vector_bytes_(layout.padded * (layout.single_bytes()               ? size_t{1}
                                     : layout.storage() == Storage::Half ? size_t{2}
                                                                         : size_t{3})),
      refinement_at_(sizeof(Row) + layout.own_bytes()),
      row_bytes_(sizeof(Row) + vector_bytes_),
      rows_per_chunk_(static_cast<uint32_t>(std::max<size_t>(1, kChunkBytes / row_bytes_))),
      chunk_bytes_(rows_per_chunk_ * row_bytes_),
      arena_(&arena),
      chunks_(arena),
      more_(arena),
      table_(arena.alloc<uint32_t>(kFirstTable)),
      table_mask_(kFirstTable - 1),
      parts_(arena.alloc<uint8_t>(vector_bytes_)) {
    layout_.choice.placement = VectorPlacement::Split;
    std::fill_n(table_, kFirstTable, kNoNode);
}

void Rows::add(const StoredVector& x, HeapTid tid) {
    const uint32_t checksum = vector_checksum(x.values, x.scale, layout_.words);
    split_values(layout_, x.values, parts_, parts_ + layout_.padded);
    uint32_t* slot = find(x, checksum);
    if (*slot != kNoNode) {
        Row& row = *at<Row>(*slot, 0);
        more_.push_back({tid, row.more});
        row.more = static_cast<uint32_t>(more_.size() - 1);
        ++row.tids;
        row.flags |= x.flags & kSharedNode;
        if (row.source_checksum != x.source_checksum) row.flags |= kSharedNode;
        return;
    }
    if (size_ % rows_per_chunk_ == 0) chunks_.push_back(arena_->alloc<uint8_t>(chunk_bytes_));
    *slot = size_;
    *at<Row>(size_, 0) = {x.scale, x.norm2, checksum, x.source_checksum, 1, kNoMore,
                          tid,     x.flags, 0};
    std::memcpy(at<uint8_t>(size_, sizeof(Row)), parts_, vector_bytes_);
    const bool full = table_is_full();
    ++size_;
    if (full) grow_table();
}

size_t Rows::next_bytes() const {
    const size_t chunk = size_ % rows_per_chunk_ == 0 ? chunk_bytes_ + chunks_.growth() : 0;
    return std::max(chunk + (table_is_full() ? table_bytes() : 0), more_.growth());
}

void Rows::values(uint32_t i, int16_t* out) const {
    join_values(layout_, at<uint8_t>(i, sizeof(Row)), low(i), out);
}

bool Rows::equal(uint32_t i, const StoredVector& x) const {
    const Row& r = row(i);
    if (r.scale != x.scale || r.norm2 != x.norm2) return false;
    // A scaled-down vector may look like one that had that length, whose key is known.
    if (((r.flags ^ x.flags) & kScaledDown) != 0) return false;
    return std::memcmp(at<uint8_t>(i, sizeof(Row)), parts_, vector_bytes_) == 0;
}

// The place of an equal row in the table, or the empty place where it belongs.
uint32_t* Rows::find(const StoredVector& x, uint32_t checksum) const {
    uint32_t at = checksum & table_mask_;
    while (table_[at] != kNoNode && (row(table_[at]).checksum != checksum || !equal(table_[at], x)))
        at = (at + 1) & table_mask_;
    return &table_[at];
}

void Rows::grow_table() {
    const uint32_t capacity = (table_mask_ + 1) * 2;
    arena_->free(table_);
    table_ = arena_->alloc<uint32_t>(capacity);
    std::fill_n(table_, capacity, kNoNode);
    table_mask_ = capacity - 1;
    for (uint32_t i = 0; i < size_; ++i) {
        uint32_t at = row(i).checksum & table_mask_;
        while (table_[at] != kNoNode)
            at = (at + 1) & table_mask_;
        table_[at] = i;
    }
}

}  // namespace vectidx
