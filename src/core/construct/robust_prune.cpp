#include "core/construct/robust_prune.hpp"

#include <algorithm>

#include "core/graph/select.hpp"

namespace vectidx {

uint32_t robust_prune(const PackedArray& packed, NodeId row, RowDistance* candidates,
                      uint32_t count, uint32_t degree, float alpha2, const PruneScratch& scratch,
                      NodeId* out) {
    std::sort(candidates, candidates + count);
    const auto* end =
        std::unique(candidates, candidates + count,
                    [](const RowDistance& a, const RowDistance& b) { return a.row == b.row; });
    const auto distinct = static_cast<uint32_t>(end - candidates);
    for (uint32_t i = 0; i < distinct; ++i) {
        scratch.distance[i] = candidates[i].distance;
        scratch.used[i] = candidates[i].row == row;
    }
    uint32_t chosen[kMaxDegree];
    NeighborSelection selection(degree, chosen, 0);
    const auto between = [&](uint32_t a, uint32_t b) {
        return packed.distance(candidates[a].row, candidates[b].row);
    };
    selection.add_diverse(scratch.distance, distinct, degree, 1.0f, scratch.used, between);
    if (alpha2 > 1.0f)
        selection.add_diverse(scratch.distance, distinct, degree, alpha2, scratch.used, between);
    for (uint32_t k = 0; k < selection.count(); ++k)
        out[k] = candidates[chosen[k]].row;
    return selection.count();
}

}  // namespace vectidx
