// From the entries of a directory (layout/directory.hpp) to the candidates of a search that knows
// which rows it wants: one for each node that may have such a row.
//
// The key of a candidate is a lower bound of the node's traversal key: its estimate less so many
// standard errors as the wanted recall asks for. So the search has found enough when the smallest
// key left exceeds that of its last row.
#pragma once

#include <cmath>

#include "core/base/array.hpp"
#include "core/graph/search_entries.hpp"
#include "core/layout/directory.hpp"
#include "core/vector/metric.hpp"
#include "core/vector/neighbor_code.hpp"

namespace vectidx {

// Standard errors below the estimate; measured (docs/filters.md).
constexpr float kListedDeviations = 2.5f;

class ListedEntries {
  public:
    ListedEntries(const DirectoryLayout& directory, uint32_t code_bits, const RotatedQuery& query,
                  Arena& arena, float deviations = kListedDeviations)
        : directory_(directory),
          planes_(query.rotated.floats(), code_bits, arena),
          key_(query.norm2 + query.shift),
          // See neighbor_code.hpp. The parent of all is the center of the space.
          error_(deviations * kCodeError * std::sqrt(query.norm2)),
          places_(arena.alloc<uint16_t>(directory.per_page)),
          codes_(arena.alloc<uint64_t>(size_t{directory.per_page} * directory.words)),
          add_(arena.alloc<float>(directory.per_page)),
          scale_(arena.alloc<Bfloat16>(directory.per_page)),
          estimates_(arena.alloc<float>(directory.per_page)),
          candidates_(arena) {}

    // The page whose first entry is that of node `first`. wants->contains(const HeapTid&) tells the
    // rows; what it keeps between two calls is copied, so that a loop has it in registers.
    template <class Wants>
    void add_page(const char* page, NodeId first, Wants* wants) {
        const DirectoryView view(directory_, page);
        const uint16_t* flags = view.flags();
        const HeapTid* tids = view.tids();
        uint16_t* places = places_;
        const uint32_t entries = directory_.per_page;
        Wants local = *wants;
        uint32_t count = 0;
        for (uint32_t i = 0; i < entries; ++i) {
            const uint16_t f = flags[i];
            places[count] = static_cast<uint16_t>(i);
            // An entry that was not written has no TID.
            count += (f & kEntryMore) != 0 || (tids[i].offset != 0 && local.contains(tids[i]));
        }
        *wants = local;
        add_candidates(view, first, count);
    }

    const Array<SearchCandidate>& candidates() const { return candidates_; }

  private:
    static constexpr float kCodeError = 0.30f;

    // Side by side, so that one call estimates all: each alone takes several times as long.
    void add_candidates(const DirectoryView& view, NodeId first, uint32_t count) {
        for (uint32_t k = 0; k < count; ++k) {
            const uint32_t i = places_[k];
            std::copy_n(view.code(i), directory_.words, codes_ + size_t{k} * directory_.words);
            add_[k] = view.add()[i];
            scale_[k] = view.scale()[i];
        }
        planes_.estimate(codes_, add_, scale_, count, key_, estimates_);
        for (uint32_t k = 0; k < count; ++k) {
            const float bound = estimates_[k] - error_ * std::fabs(from_bfloat16(scale_[k]));
            // A key that is not a number, on a damaged page, does not hide the node.
            candidates_.push_back({bound == bound ? bound : -kFarthestKey, first + places_[k]});
        }
    }

    const DirectoryLayout& directory_;
    QueryPlanes planes_;
    float key_, error_;
    // Of the entries on a page that are wanted:
    uint16_t* places_;
    uint64_t* codes_;
    float* add_;
    Bfloat16* scale_;
    float* estimates_;
    Array<SearchCandidate> candidates_;
};

}  // namespace vectidx
