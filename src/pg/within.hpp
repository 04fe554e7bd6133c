// `value @<-> ROW(other, distance)`: whether two values are within a distance of each other.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

struct WithinPair {
    Datum value;  // points into the row
    double distance;
};

// Returns false when a part of the row is null. ERROR datatype_mismatch when the row is not of a
// value of that type and a double precision.
bool read_within_pair(HeapTupleHeader row, Oid type, WithinPair* pair);

}  // namespace vectidx
