// ORDER BY 1 - (e <=> q) DESC, and the like: the order is that of the distance, which the index
// gives. PostgreSQL finds indexes only for the bare distance.
#pragma once

#include "pg/am/index_distance.hpp"

namespace vectidx {

// Adds a scan of the index when the query's first order is by a linear function of its distance,
// the nearest first. Rows that are not in the index must not come first in that order: where it
// puts NULL first, the column must be known to have none.
void add_ordered_path(const IndexDistance& target);

// What the planner takes for the order of a scan's distances is then that of the query's
// expression, which may be the opposite. Corrects it in a finished plan.
void correct_orders(PlannedStmt* plan);

}  // namespace vectidx
