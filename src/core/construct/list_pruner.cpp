#include "core/construct/list_pruner.hpp"

#include <algorithm>

#include "core/construct/nearest_columns.hpp"
#include "core/graph/select.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kNoPlace = UINT32_MAX;

size_t whole_words(size_t bytes) {
    return (bytes + 7) & ~size_t{7};
}

}  // namespace

ListPruner::ListPruner(const PackedVectors& packed, uint32_t looked_at, uint32_t most, Arena& arena)
    : packed_(&packed),
      looked_at_(looked_at),
      packed_bytes_(whole_words(packed.size())),
      candidates_(arena.alloc<RowDistance>(size_t{2} * looked_at)),
      distance_(arena.alloc<float>(looked_at)),
      used_(arena.alloc<bool>(looked_at)),
      place_(arena.alloc<uint32_t>(looked_at)),
      packed_rows_(reinterpret_cast<uint8_t*>(
          arena.alloc<uint64_t>(packed_bytes_ / 8 * (size_t{most} + 1)))) {}

size_t ListPruner::bytes(size_t packed_size, uint32_t looked_at, uint32_t most) {
    return looked_at * (2 * sizeof(RowDistance) + sizeof(float) + sizeof(bool) + sizeof(uint32_t)) +
           whole_words(packed_size) * (size_t{most} + 1);
}

void ListPruner::release(Arena& arena) {
    for (void* block :
         {static_cast<void*>(candidates_), static_cast<void*>(distance_), static_cast<void*>(used_),
          static_cast<void*>(place_), static_cast<void*>(packed_rows_)})
        arena.free(block);
}

void ListPruner::begin(NodeId row) {
    row_ = row;
    count_ = 0;
    packed_count_ = 1;
    std::fill_n(recent_, kRecent, kNoNode);
    packed_->write(row, packed_rows_);
}

void ListPruner::add(NodeId candidate) {
    NodeId& recent = recent_[candidate % kRecent];
    if (candidate == row_ || candidate == recent) return;
    recent = candidate;
    push({packed_->distance_to(packed_rows_, candidate), candidate});
}

void ListPruner::add(RowDistance candidate) {
    // A tile adds floats in another order. Of one row there must be only one distance.
    if (packed_->form() == PackedVectors::Form::Floats)
        add(candidate.row);
    else if (candidate.row != row_)
        push(candidate);
}

void ListPruner::push(RowDistance candidate) {
    if (count_ == 2 * looked_at_) keep_nearest();
    candidates_[count_++] = candidate;
}

// Sorts the candidates and leaves out what came twice, or is not among the nearest.
void ListPruner::keep_nearest() {
    const auto before = [this](const RowDistance& a, const RowDistance& b) {
        if (a.distance != b.distance) return a.distance < b.distance;
        const uint32_t first = tie_break(row_, a.row), second = tie_break(row_, b.row);
        return first < second || (first == second && a.row < b.row);
    };
    std::sort(candidates_, candidates_ + count_, before);
    const RowDistance* end =
        std::unique(candidates_, candidates_ + count_,
                    [](const RowDistance& a, const RowDistance& b) { return a.row == b.row; });
    count_ = std::min(static_cast<uint32_t>(end - candidates_), looked_at_);
}

// The chosen one is packed when it is first compared with.
float ListPruner::between(uint32_t chosen, uint32_t candidate) {
    uint32_t& place = place_[chosen];
    if (place == kNoPlace) {
        place = packed_count_++;
        packed_->write(candidates_[chosen].row, packed_rows_ + place * packed_bytes_);
    }
    return packed_->distance_to(packed_rows_ + place * packed_bytes_, candidates_[candidate].row);
}

uint32_t ListPruner::choose(uint32_t limit, NodeId* out) {
    keep_nearest();
    for (uint32_t i = 0; i < count_; ++i) {
        distance_[i] = candidates_[i].distance;
        used_[i] = false;
        place_[i] = kNoPlace;
    }
    uint32_t chosen[kMaxDegree];
    NeighborSelection selection(limit, chosen, 0);
    selection.add_diverse(distance_, count_, limit, 1.0f, used_,
                          [this](uint32_t a, uint32_t b) { return between(a, b); });
    for (uint32_t k = 0; k < selection.count(); ++k)
        out[k] = candidates_[chosen[k]].row;
    return selection.count();
}

}  // namespace vectidx
