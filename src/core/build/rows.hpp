// The rows of a build: every distinct vector once, encoded, with its heap TIDs.
#pragma once

#include <cstring>

#include "core/base/array.hpp"
#include "core/format/node.hpp"

namespace vectidx {

// What a row says beside its vector. A row becomes the node with the same number.
struct Row {
    float scale;
    float norm2;        // see NodeHeader
    uint32_t checksum;  // see NodeHeader
    uint32_t original;  // likewise
    uint32_t tids;      // heap TIDs in all
    uint32_t more;      // first of the further TIDs, into Rows::more(), or kNoMore
    HeapTid tid;        // the first
    uint8_t flags;      // see NodeHeader
    uint8_t reserved;   // 0
};

// A row on its way in, beside its values and their scale.
struct NewRow {
    float norm2;
    uint32_t original;
    uint8_t flags;
    HeapTid tid;
};

struct MoreTids {
    HeapTid tid;
    uint32_t next;
};
constexpr uint32_t kNoMore = UINT32_MAX;

class Rows {
  public:
    Rows(const NodeLayout& layout, Arena& arena);

    // Adds a vector, or one more TID to the row of an equal one.
    // REQUIRES: size() < kNoNode - 1.
    void add(const int16_t* values, float scale, const NewRow& added);

    uint32_t size() const { return size_; }
    // Memory that size() rows take, to be held against a limit.
    size_t bytes() const {
        return chunks_.size() * chunk_bytes_ + chunks_.bytes() + more_.bytes() + table_bytes();
    }
    // What the next add() may add to bytes() at most.
    size_t next_bytes() const;

    const Row& row(uint32_t i) const { return *at<Row>(i, 0); }
    const int8_t* high(uint32_t i) const { return at<int8_t>(i, sizeof(Row)); }
    const uint8_t* low(uint32_t i) const { return at<uint8_t>(i, sizeof(Row) + padded_); }
    const MoreTids& more(uint32_t i) const { return more_[i]; }
    // The fixed-point values, joined into out[padded].
    void values(uint32_t i, int16_t* out) const;

  private:
    template <class T>
    T* at(uint32_t i, size_t offset) const {
        return reinterpret_cast<T*>(chunks_[i / rows_per_chunk_] +
                                    i % rows_per_chunk_ * row_bytes_ + offset);
    }
    bool equal(uint32_t i, const int16_t* values, float scale, const NewRow& other) const;
    uint32_t* find(const int16_t* values, float scale, const NewRow& added,
                   uint32_t checksum) const;
    void grow_table();
    bool table_is_full() const { return (size_ + 1) * uint64_t{2} > table_mask_; }
    size_t table_bytes() const { return (size_t{table_mask_} + 1) * sizeof(uint32_t); }

    uint32_t padded_;
    size_t row_bytes_;
    uint32_t rows_per_chunk_;
    size_t chunk_bytes_;
    Arena* arena_;
    Array<uint8_t*> chunks_;
    Array<MoreTids> more_;
    uint32_t* table_;  // open addressing: row numbers by checksum
    uint32_t table_mask_;
    uint32_t size_ = 0;
};

}  // namespace vectidx
