// Distances between every row and every column of a tile: a few rows, each packed on its own, and
// the columns of a panel, packed together so that one vector holds a piece of each. A value that is
// loaded is used several times, so that arithmetic and not memory limits the kernels.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

constexpr size_t kTileRows = 8;
constexpr size_t kPanelColumns = 32;

// What a row adds to its edges, see PackedVectors::Terms.
struct RowTerms {
    float norm2;
    float step;
    float offset;
    float edge;
    float constant;  // the same for all rows
    float factor;    // likewise
};

// The same of the columns of a panel. Where there is no column, the norm is infinite.
struct PanelTerms {
    float norm2[kPanelColumns];
    float step[kPanelColumns];
    float offset[kPanelColumns];
    float edge[kPanelColumns];
};

// Of vectors of n values. Rows lie side by side, row_bytes(n) each; panels and rows are aligned to
// four bytes. Every place of a panel must have been packed.
template <class Value>
struct TileForm {
    size_t (*row_bytes)(size_t n);
    size_t (*panel_bytes)(size_t n);
    void (*pack_row)(const Value* v, size_t n, void* row);
    void (*pack_column)(const Value* v, size_t n, size_t column, void* panel);
    // out[i * kPanelColumns + j] for `rows` rows, at most kTileRows. Of bytes in [-127, 127] the
    // inner products, exact up to 1,024 values; of floats the squared distances.
    void (*compare)(const void* rows, size_t count, const void* panel, size_t n, float* out);
};

struct TileKernels {
    TileForm<int8_t> bytes;
    TileForm<float> floats;
    // Both make edges (KeySpace::edge) of one row of compare()'s results, in place, and return the
    // columns, as bits, whose edges are no longer than `limit`. Of bytes, an edge has the bits that
    // PackedVectors::distance gives.
    uint32_t (*edges_of_dots)(float* values, const RowTerms& row, const PanelTerms& panel,
                              float limit);
    uint32_t (*edges_of_squares)(float* values, const RowTerms& row, const PanelTerms& panel,
                                 float limit);
};

// The kernels of the SIMD target in use. What one target packs, no other one reads.
const TileKernels& tile_kernels();

}  // namespace vectidx
