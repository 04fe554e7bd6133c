#include "core/construct/rows.hpp"

#include <algorithm>

namespace vectidx {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;
constexpr uint32_t kFirstTable = 1024;

size_t vector_bytes(const NodeLayout& layout) {
    return layout.padded * (layout.single_bytes()               ? size_t{1}
                            : layout.storage() == Storage::Half ? size_t{2}
                                                                : size_t{3});
}

uint32_t rows_per_chunk(size_t row_bytes) {
    return static_cast<uint32_t>(std::max<size_t>(1, kChunkBytes / row_bytes));
}

}  // namespace

Rows::Rows(const NodeLayout& layout, Arena& arena)
    : layout_(layout),
      vector_bytes_(vector_bytes(layout)),
      refinement_at_(sizeof(Row) + layout.own_bytes()),
      row_bytes_(sizeof(Row) + vector_bytes_),
      rows_per_chunk_(rows_per_chunk(row_bytes_)),
      chunk_bytes_(rows_per_chunk_ * row_bytes_),
      arena_(&arena),
      chunks_(arena),
      more_(arena),
      table_(arena, kFirstTable) {
    layout_.choice.placement = VectorPlacement::Split;
}

void Rows::add(const StoredVector& x, HeapTid tid) {
    const uint32_t before = size_;
    const uint32_t found = place(x, tid);
    if (found == before) return;
    Row& row = *at<Row>(found, 0);
    more_.push_back({tid, row.more});
    row.more = static_cast<uint32_t>(more_.size() - 1);
    ++row.tids;
}

// The vector is written behind the last row, where it stays unless there is an equal one.
uint32_t Rows::place(const StoredVector& x, HeapTid tid) {
    if (chunks_are_full()) chunks_.push_back(arena_->alloc<uint8_t>(chunk_bytes_));
    const uint32_t checksum = vector_checksum(x.values, x.scale, layout_.words);
    *at<Row>(size_, 0) = {x.scale, x.norm2, checksum, x.source_checksum, 1, kNoMore,
                          tid,     x.flags, 0};
    auto* parts = at<uint8_t>(size_, sizeof(Row));
    split_values(layout_, x.values, parts, parts + layout_.padded);
    struct Vectors {
        const Rows& rows;
        uint32_t hash(uint32_t i) const { return rows.row(i).checksum; }
        bool equal(uint32_t a, uint32_t b) const { return rows.equal(rows.row(a), rows.row(b)); }
    };
    const uint32_t found = table_.insert(size_, Vectors{*this});
    if (found == kNoNode) return size_++;
    Row& row = *at<Row>(found, 0);
    row.flags |= x.flags & kSharedNode;
    if (row.source_checksum != x.source_checksum) row.flags |= kSharedNode;
    return found;
}

size_t Rows::bytes_for(const NodeLayout& layout, uint32_t rows) {
    const size_t row = sizeof(Row) + vector_bytes(layout), per_chunk = rows_per_chunk(row);
    const size_t chunks = (rows + per_chunk - 1) / per_chunk;
    size_t table = kFirstTable;
    while (table <= 2 * size_t{rows})
        table *= 2;
    return chunks * (per_chunk * row + 2 * sizeof(uint8_t*)) + table * sizeof(uint32_t);
}

size_t Rows::next_bytes() const {
    const size_t chunk = chunks_are_full() ? chunk_bytes_ + chunks_.growth() : 0;
    return chunk + std::max(table_.growth(), more_.growth());
}

void Rows::values(uint32_t i, int16_t* out) const {
    join_values(layout_, at<uint8_t>(i, sizeof(Row)), low(i), out);
}

StoredVector Rows::stored(uint32_t i, int16_t* values) const {
    this->values(i, values);
    return {values, row(i).scale, row(i).norm2, row(i).source_checksum, row(i).flags};
}

bool Rows::equal(const Row& a, const Row& b) const {
    if (a.checksum != b.checksum || a.scale != b.scale || a.norm2 != b.norm2) return false;
    // A scaled-down vector may look like one that had that length, whose key is known.
    if (((a.flags ^ b.flags) & kScaledDown) != 0) return false;
    return std::memcmp(&a + 1, &b + 1, vector_bytes_) == 0;
}

}  // namespace vectidx
