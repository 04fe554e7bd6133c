// Which share of the rows lies within the bound of a scan, for the planner.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Estimated from the entry points, a uniform sample of the nodes with their codes, where value and
// distance are constants. Otherwise a usual share.
double bound_selectivity(const IndexPath* path);

}  // namespace vectidx
