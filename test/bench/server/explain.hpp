// What EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) says about one execution.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

struct PlanReport {
    int64_t buffers = 0;     // shared hit + read of the whole plan: index, heap and TOAST
    std::string index_name;  // the index that it scans; empty when none
};

// Throws when the text is not such a report.
PlanReport parse_plan(const std::string& json);

}  // namespace bench
