// Queries unlike the rows of a table, made of two of its rows: they tell the recall of an index
// where the rows themselves would flatter it.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/random.hpp"

#include "pg/types/indexed_type.hpp"

namespace vectidx {

// The middle of two values. Of two bit strings, each bit of either. In the current memory context.
// REQUIRES: both have the same dimensions and are not toasted, here and below.
Datum query_between(const IndexedType& type, Datum a, Datum b, Random* random);

// The first value, moved in a random direction by a quarter of its distance from the second. A
// sparsevec keeps its zeros. A bit string has a quarter as many bits flipped as tell the two apart.
Datum perturbed_query(const IndexedType& type, Datum a, Datum b, Random* random);

}  // namespace vectidx
