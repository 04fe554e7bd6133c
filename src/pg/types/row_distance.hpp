// The distance of a table's row from a value, by an operator's own function.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The distance of the indexed expression of the row in `slot` from key->sk_argument, by
// key->sk_func; NaN where the row has NULL. Evaluates index expressions as the current user.
double row_distance(IndexInfo* info, EState* estate, TupleTableSlot* slot, ScanKey key);

}  // namespace vectidx
