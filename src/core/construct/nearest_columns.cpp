#include "core/construct/nearest_columns.hpp"

#include <algorithm>
#include <limits>

namespace vectidx {

namespace {

constexpr float kInfinite = std::numeric_limits<float>::infinity();
// Vectors of up to so many dimensions are floats (packed_vectors.cpp).
constexpr uint32_t kMostFloats = 64;
// Rows that are on their way from memory while one is packed.
constexpr uint32_t kAhead = 4;

size_t whole_words(size_t bytes) {
    return (bytes + 7) & ~size_t{7};
}

uint32_t panels_for(uint32_t columns) {
    return static_cast<uint32_t>((columns + kPanelColumns - 1) / kPanelColumns);
}

// A row of the tile, or a packed vector of bits.
size_t packed_row_bytes(const PackedShape& shape) {
    switch (shape.form) {
        case PackedVectors::Form::Bytes:
            return tile_kernels().bytes.row_bytes(shape.padded);
        case PackedVectors::Form::Floats:
            return tile_kernels().floats.row_bytes(shape.padded);
        case PackedVectors::Form::Bits:
            break;
    }
    return whole_words(sizeof(PackedVectors::Terms) + shape.padded);
}

// Bit strings stay where they are.
size_t packed_panel_bytes(const PackedShape& shape) {
    switch (shape.form) {
        case PackedVectors::Form::Bytes:
            return tile_kernels().bytes.panel_bytes(shape.padded);
        case PackedVectors::Form::Floats:
            return tile_kernels().floats.panel_bytes(shape.padded);
        case PackedVectors::Form::Bits:
            break;
    }
    return 0;
}

}  // namespace

RowBlock::RowBlock(const PackedVectors& packed, Arena& arena)
    : packed_(&packed),
      data_(reinterpret_cast<uint8_t*>(arena.alloc<uint64_t>(bytes(shape_of(packed)) / 8))),
      row_bytes_(packed_row_bytes(shape_of(packed))) {}

size_t RowBlock::bytes(const PackedShape& shape) {
    return whole_words(kBlockRows * packed_row_bytes(shape));
}

void RowBlock::fill(const NodeId* rows, uint32_t count) {
    const TileKernels& kernels = tile_kernels();
    count_ = count;
    for (uint32_t i = 0; i < count; ++i) {
        if (i + kAhead < count) packed_->prefetch(rows[i + kAhead]);
        uint8_t* out = data_ + i * row_bytes_;
        float values[kMostFloats];
        rows_[i] = rows[i];
        keys_[i] = ties_by_vector_ ? packed_->checksum(rows[i]) : rows[i];
        switch (packed_->form()) {
            case PackedVectors::Form::Bytes:
                kernels.bytes.pack_row(packed_->bytes(rows[i]), packed_->padded(), out);
                break;
            case PackedVectors::Form::Floats:
                packed_->floats(rows[i], values);
                kernels.floats.pack_row(values, packed_->padded(), out);
                break;
            case PackedVectors::Form::Bits:
                packed_->write(rows[i], out);
                break;
        }
    }
}

ColumnSet::ColumnSet(const PackedVectors& packed, uint32_t capacity, Arena& arena)
    : packed_(&packed),
      kernels_(&tile_kernels()),
      panels_(reinterpret_cast<uint8_t*>(
          arena.alloc<uint64_t>(panels_for(capacity) * packed_panel_bytes(shape_of(packed)) / 8))),
      terms_(arena.alloc<PanelTerms>(panels_for(capacity))),
      rows_(arena.alloc<NodeId>(panels_for(capacity) * kPanelColumns)),
      panel_bytes_(packed_panel_bytes(shape_of(packed))) {}

size_t ColumnSet::bytes(const PackedShape& shape, uint32_t capacity) {
    return panels_for(capacity) *
           (packed_panel_bytes(shape) + sizeof(PanelTerms) + kPanelColumns * sizeof(NodeId));
}

void ColumnSet::release(Arena& arena) {
    arena.free(panels_);
    arena.free(terms_);
    arena.free(rows_);
}

void ColumnSet::add(const NodeId* rows, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        if (i + kAhead < count) packed_->prefetch(rows[i + kAhead]);
        rows_[size_] = rows[i];
        pack(size_++);
    }
}

void ColumnSet::end_panel() {
    while (size_ % kPanelColumns != 0) {
        rows_[size_] = kNoNode;
        pack(size_++);
    }
}

// A place that stays free is packed, too: its distance is infinite, but it must be a number.
void ColumnSet::pack(uint32_t column) {
    static constexpr float kZeros[kMostFloats] = {};
    const NodeId row = rows_[column];
    const bool empty = row == kNoNode;
    PanelTerms& terms = terms_[column / kPanelColumns];
    const size_t at = column % kPanelColumns;
    uint8_t* panel = panels_ + column / kPanelColumns * panel_bytes_;
    const PackedVectors::Terms own = empty ? PackedVectors::Terms{} : packed_->terms(row);
    terms.norm2[at] = empty ? kInfinite : own.norm2;
    terms.step[at] = own.step;
    terms.offset[at] = own.offset;
    terms.edge[at] = own.edge;
    if (packed_->form() == PackedVectors::Form::Bytes) {
        // The bytes of any row do.
        kernels_->bytes.pack_column(packed_->bytes(empty ? rows_[column - at] : row),
                                    packed_->padded(), at, panel);
    } else if (packed_->form() == PackedVectors::Form::Floats) {
        float values[kMostFloats];
        if (!empty) packed_->floats(row, values);
        terms.norm2[at] = empty ? kInfinite : 0.0f;
        kernels_->floats.pack_column(empty ? kZeros : values, packed_->padded(), at, panel);
    }
}

void ColumnSet::nearest(const RowBlock& block, uint32_t first, uint32_t last,
                        NearestList* lists) const {
    for (uint32_t panel = first; panel < last; ++panel)
        if (packed_->form() == PackedVectors::Form::Bits)
            nearest_bits(block, panel, lists);
        else
            nearest_in_panel(block, panel, lists);
}

void ColumnSet::nearest_in_panel(const RowBlock& block, uint32_t panel, NearestList* lists) const {
    const bool bytes = packed_->form() == PackedVectors::Form::Bytes;
    const auto compare = bytes ? kernels_->bytes.compare : kernels_->floats.compare;
    const auto edges = bytes ? kernels_->edges_of_dots : kernels_->edges_of_squares;
    const auto first_column = static_cast<uint32_t>(panel * kPanelColumns);
    float values[kTileRows * kPanelColumns];
    for (uint32_t from = 0; from < block.count_; from += kTileRows) {
        const uint32_t count = std::min<uint32_t>(block.count_ - from, kTileRows);
        compare(block.data_ + from * block.row_bytes_, count, panels_ + panel * panel_bytes_,
                packed_->padded(), values);
        for (uint32_t i = 0; i < count; ++i) {
            const NodeId row = block.rows_[from + i];
            NearestList& list = lists[from + i];
            const PackedVectors::Terms& own = block.packed_->terms(row);
            const float limit = list.count < list.capacity ? std::numeric_limits<float>::max()
                                                           : list.items[list.capacity - 1].distance;
            float* row_values = values + i * kPanelColumns;
            uint32_t within = edges(
                row_values,
                {own.norm2, own.step, own.offset, own.edge, packed_->constant(), packed_->factor()},
                terms_[panel], limit);
            for (; within != 0; within &= within - 1) {
                const auto at = static_cast<uint32_t>(__builtin_ctz(within));
                if (itself_ || rows_[first_column + at] != row)
                    offer(block.keys_[from + i], list, {row_values[at], first_column + at});
            }
        }
    }
}

void ColumnSet::nearest_bits(const RowBlock& block, uint32_t panel, NearestList* lists) const {
    const auto first_column = static_cast<uint32_t>(panel * kPanelColumns);
    for (uint32_t i = 0; i < block.count_; ++i) {
        const NodeId row = block.rows_[i];
        for (uint32_t at = first_column; at < first_column + kPanelColumns; ++at) {
            if ((!itself_ && rows_[at] == row) || rows_[at] == kNoNode) continue;
            offer(block.keys_[i], lists[i],
                  {packed_->distance_to(block.data_ + i * block.row_bytes_, rows_[at]), at});
        }
    }
}

bool ColumnSet::breaks_tie(uint32_t key, const NearColumn& a, const NearColumn& b) const {
    return tie_break(key, rows_[a.column]) < tie_break(key, rows_[b.column]);
}

void ColumnSet::offer(uint32_t key, NearestList& list, NearColumn near) const {
    NearColumn* items = list.items;
    uint32_t at = list.count;
    if (at == list.capacity) {
        if (at == 0 || near.distance > items[at - 1].distance) return;
        if (near.distance == items[at - 1].distance && !breaks_tie(key, near, items[at - 1]))
            return;
        --at;
    } else {
        ++list.count;
    }
    for (; at > 0 && near.distance < items[at - 1].distance; --at)
        items[at] = items[at - 1];
    for (;
         at > 0 && near.distance == items[at - 1].distance && breaks_tie(key, near, items[at - 1]);
         --at)
        items[at] = items[at - 1];
    items[at] = near;
}

}  // namespace vectidx
