// What parts of a scan cost, in the planner's units (cost.cpp).
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

struct RowPrices {
    double visit;    // of a node of the graph
    double row;      // of a row that the scan gives: a visit, its order, a look into the table
    double toast;    // of reading a vector that is out of line
    bool directory;  // the index has one: rows of a list can be found by their codes
    double seen;     // by which scans are made cheaper, since the planner sees no more of a sort
};

RowPrices row_prices(PlannerInfo* root, IndexPath* path);

// By which factor the rows of a scan become cheaper where nobody says how many of them are read:
// the planner takes a share of all for granted. 1 where the number is known.
double unknown_limit(const PlannerInfo* root, const IndexPath* path);

}  // namespace vectidx
