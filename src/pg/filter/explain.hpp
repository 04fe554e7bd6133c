// What EXPLAIN says of a filter.
#pragma once

#include "pg/postgres.hpp"

#include "pg/filter/filter_run.hpp"

namespace vectidx {

// `executed`: with ANALYZE, what it did, too.
void explain_run(const FilterRun& run, bool executed, ExplainState* output);

}  // namespace vectidx
