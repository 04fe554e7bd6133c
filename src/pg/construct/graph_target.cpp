#include "pg/construct/graph_target.hpp"

#include <algorithm>

#include "pg/pages/free_blocks.hpp"

namespace vectidx {

// Allocates in steps, between which others get the lock for extending. They may add blocks of their
// own, which ends an extent. So a step is a 64th of the remaining groups, and all of them when
// there are many extents.
void allocate_groups(const GraphTarget& target, uint32_t groups, uint32_t group_pages,
                     MetaPage* meta) {
    constexpr uint32_t kLeast = 128, kMost = 4096;  // blocks
    const GraphPages graph = {target.index, target.meta_block, WriteMode::Building};
    MetaHeader& h = meta->header;
    h.extent_count = 0;
    h.groups = 0;
    // Half of the extents are for the graph's growth, and tiny runs are not worth one.
    const uint32_t unit = std::max(1u, groups / (kMaxExtents / 2)) * group_pages;
    BlockNumber end = kNoBlock;  // of the last extent
    while (h.groups < groups) {
        CHECK_FOR_INTERRUPTS();
        const uint32_t wanted = (groups - h.groups) * group_pages;
        const uint32_t step = h.extent_count < kMaxExtents / 4
                                  ? std::clamp(wanted / 64, kLeast, kMost) / group_pages
                                  : wanted / group_pages;
        BlockRequest request = {group_pages, wanted, Choice::Lowest, end, std::min(unit, wanted)};
        request.exact = true;
        lock_extension(target.index);
        Run run = take_free(graph, request);
        if (run.count == 0) {
            request.wanted = std::min(wanted, std::max(1u, step) * group_pages);
            run = take_blocks(graph, request);
        }
        unlock_extension(target.index);
        if (run.first != end) meta->extents[h.extent_count++] = {run.first, h.groups};
        h.groups += run.count / group_pages;
        end = run.first + run.count;
    }
}

}  // namespace vectidx
