// The rows of a build: every distinct vector once, encoded, with its heap TIDs.
#pragma once

#include <cstring>

#include "core/base/array.hpp"
#include "core/base/hash_set.hpp"
#include "core/layout/stored_vector.hpp"

namespace vectidx {

// A row without its vector. A row becomes the node with the same number.
struct Row {
    float scale;
    float norm2;               // see NodeHeader
    uint32_t checksum;         // see NodeHeader
    uint32_t source_checksum;  // likewise
    uint32_t tids;             // heap TIDs in all
    uint32_t more;             // first of the further TIDs, into Rows::more(), or kNoMore
    HeapTid tid;               // the first
    uint8_t flags;             // see NodeHeader
    uint8_t reserved;          // 0
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
    void add(const StoredVector& x, HeapTid tid);
    // The same, but the TID of an equal vector is left to the caller. Returns the vector's row:
    // size() as it was, where the vector is new.
    uint32_t place(const StoredVector& x, HeapTid tid);

    // Forgets all rows and keeps the memory.
    void clear() {
        size_ = 0;
        more_.clear();
        table_.clear();
    }

    uint32_t size() const { return size_; }
    // The layout of the nodes, except for the placement of the own vector.
    const NodeLayout& layout() const { return layout_; }
    // Memory that size() rows take, to be held against a limit.
    size_t bytes() const {
        return chunks_.size() * chunk_bytes_ + chunks_.bytes() + more_.bytes() + table_.bytes();
    }
    // The same for so many distinct vectors.
    static size_t bytes_for(const NodeLayout& layout, uint32_t rows);
    // What a vector takes in that, beside its place in the table.
    size_t row_bytes() const { return row_bytes_; }
    // What the next add() may add to bytes() at most.
    size_t next_bytes() const;

    const Row& row(uint32_t i) const { return *at<Row>(i, 0); }
    const int8_t* high(uint32_t i) const { return at<int8_t>(i, sizeof(Row)); }
    // The bytes for Refinement pages, see split_values().
    const uint8_t* refinement(uint32_t i) const { return at<uint8_t>(i, refinement_at_); }
    // The low bytes. REQUIRES: there are any.
    const uint8_t* low(uint32_t i) const { return at<uint8_t>(i, sizeof(Row) + layout_.padded); }
    // Brings the row and its high bytes into the CPU's cache.
    void prefetch(uint32_t i) const {
        constexpr size_t kCacheLine = 64;
        const auto* bytes = at<uint8_t>(i, 0);
        for (size_t j = 0; j < sizeof(Row) + layout_.padded; j += kCacheLine)
            __builtin_prefetch(bytes + j);
    }
    // TIDs of all rows.
    size_t tids() const { return size() + more_.size(); }
    const MoreTids& more(uint32_t i) const { return more_[i]; }
    // The stored form, into out[words].
    void values(uint32_t i, int16_t* out) const;
    // All that is stored, with its values in values[words].
    StoredVector stored(uint32_t i, int16_t* values) const;

  private:
    template <class T>
    T* at(uint32_t i, size_t offset) const {
        return reinterpret_cast<T*>(chunks_[i / rows_per_chunk_] +
                                    i % rows_per_chunk_ * row_bytes_ + offset);
    }
    bool chunks_are_full() const { return size_ == chunks_.size() * rows_per_chunk_; }
    bool equal(const Row& a, const Row& b) const;

    // A row: Row | high bytes | low bytes, unless Sq8 or Binary | fine bytes, if Full
    NodeLayout layout_;  // for a vector in these parts
    size_t vector_bytes_;
    size_t refinement_at_;  // from the start of a row
    size_t row_bytes_;
    uint32_t rows_per_chunk_;
    size_t chunk_bytes_;
    Arena* arena_;
    Array<uint8_t*> chunks_;
    Array<MoreTids> more_;
    IdSet table_;  // rows, by their vectors
    uint32_t size_ = 0;
};

}  // namespace vectidx
