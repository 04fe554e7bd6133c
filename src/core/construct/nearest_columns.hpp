// The nearest of a set of vectors to each of many rows, exactly: by tiles (simd/tile_kernels.hpp),
// with bit strings pair by pair.
#pragma once

#include "core/construct/packed_vectors.hpp"
#include "core/simd/tile_kernels.hpp"

namespace vectidx {

// Rows that are compared with a panel while it is in the CPU's cache.
constexpr uint32_t kBlockRows = 4 * kTileRows;

// Decides between columns that are equally far from a row, so that not the same few of many nearly
// equal rows become everybody's neighbors. Depends on nothing but the two.
inline uint32_t tie_break(NodeId a, NodeId b) {
    uint64_t z = (uint64_t{a < b ? a : b} << 32 | (a < b ? b : a)) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    return static_cast<uint32_t>(z >> 32);
}

struct NearColumn {
    float distance;
    uint32_t column;
};

// The nearest columns of one row, sorted; ties by tie_break().
struct NearestList {
    NearColumn* items;  // [capacity]
    uint32_t capacity;
    uint32_t count;
};

// What memory depends on.
struct PackedShape {
    PackedVectors::Form form;
    uint32_t padded;
};
inline PackedShape shape_of(const PackedVectors& packed) {
    return {packed.form(), packed.padded()};
}

// Rows of a block, packed for the tiles.
class RowBlock {
  public:
    RowBlock(const PackedVectors& packed, Arena& arena);
    static size_t bytes(const PackedShape& shape);
    void release(Arena& arena) { arena.free(data_); }

    // Ties of a row are broken by its vector, not by its number.
    void set_ties_by_vector() { ties_by_vector_ = true; }
    // REQUIRES: count is at most kBlockRows.
    void fill(const NodeId* rows, uint32_t count);
    uint32_t count() const { return count_; }
    NodeId row(uint32_t i) const { return rows_[i]; }

  private:
    friend class ColumnSet;
    const PackedVectors* packed_;
    uint8_t* data_;  // [kBlockRows][row_bytes_]
    size_t row_bytes_;
    uint32_t count_ = 0;
    bool ties_by_vector_ = false;
    NodeId rows_[kBlockRows];
    uint32_t keys_[kBlockRows];  // for tie_break()
};

class ColumnSet {
  public:
    // Room for `capacity` columns. Memory comes from the arena.
    ColumnSet(const PackedVectors& packed, uint32_t capacity, Arena& arena);
    // What a set takes.
    static size_t bytes(const PackedShape& shape, uint32_t capacity);
    void release(Arena& arena);

    // Whether a row may be its own nearest column.
    void set_itself(bool itself) { itself_ = itself; }
    void clear() { size_ = 0; }
    void add(const NodeId* rows, uint32_t count);
    // The next column starts a panel; places that stay free are kNoNode.
    void end_panel();
    uint32_t size() const { return size_; }
    // REQUIRES: end_panel() was called.
    uint32_t panels() const { return static_cast<uint32_t>(size_ / kPanelColumns); }
    NodeId row(uint32_t column) const { return rows_[column]; }

    // Offers the columns of panels [first, last) to the lists of the block's rows. These may be
    // other packed vectors of the same space.
    // REQUIRES: end_panel() was called after the last add().
    void nearest(const RowBlock& block, uint32_t first, uint32_t last, NearestList* lists) const;

  private:
    void pack(uint32_t column);
    void nearest_in_panel(const RowBlock& block, uint32_t panel, NearestList* lists) const;
    void nearest_bits(const RowBlock& block, uint32_t panel, NearestList* lists) const;
    void offer(uint32_t key, NearestList& list, NearColumn near) const;
    // Whether `a`, which is as far, comes before `b`.
    bool breaks_tie(uint32_t key, const NearColumn& a, const NearColumn& b) const;

    const PackedVectors* packed_;
    const TileKernels* kernels_;
    uint8_t* panels_;  // [panels][panel_bytes_]
    PanelTerms* terms_;
    NodeId* rows_;
    size_t panel_bytes_;
    uint32_t size_ = 0;
    bool itself_ = false;
};

}  // namespace vectidx
