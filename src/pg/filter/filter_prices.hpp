// What the ways to a filtered query's rows cost: for the planner, and for the rule that chooses
// between them while the query runs (core/graph/filter_rule.hpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/filter_rule.hpp"

#include "pg/am/cost.hpp"

namespace vectidx {

// `bitmap` may be nullptr: a pass over the table then finds the rows.
// `units`: what the parts of the scan cost.
FilterPrices filter_prices(const RowPrices& units, const IndexPath* scan,
                           const BitmapHeapPath* bitmap);

// Rows that the query is taken to want.
double wanted_rows(const PlannerInfo* root);

// Sets the costs of `path`.
void set_filter_costs(const PlannerInfo* root, const RowPrices& units, const IndexPath* scan,
                      const BitmapHeapPath* bitmap, const FilterPrices& prices, Path* path);

}  // namespace vectidx
