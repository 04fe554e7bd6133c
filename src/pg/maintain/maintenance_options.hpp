// How a merge or a rebuild of the graph may be done. Apart from both, for pg/am/options.hpp, which
// knows no pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

struct MaintenanceOptions {
    uint32_t parallel_threshold;  // rows from which threads help
    unsigned most_threads;
    size_t memory;      // bytes, for the rows and their graph
    int message_level;  // of what is said on the way
    bool in_vacuum;     // nothing else of this session can be reading the index
};

}  // namespace vectidx
