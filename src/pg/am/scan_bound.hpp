// The bound of a scan: the operators of strategy 2, `column @<-> ROW(value, distance)`, whose rows
// are those within the distance. The planner makes them of what a query says
// (pg/am/bound_paths.hpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/vector/metric.hpp"

namespace vectidx {

constexpr uint16_t kWithinStrategy = 2;

struct ScanBound {
    bool given;       // else nothing below holds
    bool empty;       // no row is within it
    bool recheck;     // it is not only for the value that orders the rows
    double distance;  // the smallest, of several
    Datum query;      // to which that is
};

// What the scan's keys say. ERROR datatype_mismatch when one is not such a pair.
ScanBound read_bound(IndexScanDesc scan);

// No row whose key is certainly larger is within the bound.
float key_bound(const ScanBound& bound, const KeySpace& keys, const RotatedQuery& query);

}  // namespace vectidx
