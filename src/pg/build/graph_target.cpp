#include "pg/build/graph_target.hpp"

#include <algorithm>

#include "pg/storage/wal.hpp"

namespace vectidx {

void allocate_groups(const GraphTarget& target, uint32_t groups, uint32_t group_pages,
                     MetaPage* meta) {
    MetaHeader& h = meta->header;
    h.extent_count = 0;
    h.groups = 0;
    // Half of the extents are for the graph's growth, and tiny runs are not worth one.
    const uint32_t unit = std::max(1u, groups / (kMaxExtents / 2)) * group_pages;
    while (h.groups < groups) {
        const uint32_t wanted = (groups - h.groups) * group_pages;
        Run run{InvalidBlockNumber, 0};
        if (target.unused != nullptr) run = target.unused->take(std::min(unit, wanted), wanted);
        if (run.count == 0)
            run = {extend_relation(target.index, MAIN_FORKNUM, wanted, false), wanted};
        meta->extents[h.extent_count++] = {run.first, h.groups};
        h.groups += run.count / group_pages;
    }
}

BlockNumber allocate_block(const GraphTarget& target) {
    if (target.unused != nullptr) {
        const Run run = target.unused->take(1, 1);
        if (run.count > 0) return run.first;
    }
    return extend_relation(target.index, MAIN_FORKNUM, 1, false);
}

}  // namespace vectidx
