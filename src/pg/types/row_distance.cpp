#include "pg/types/row_distance.hpp"

#include <limits>

namespace vectidx {

double row_distance(IndexInfo* info, EState* estate, TupleTableSlot* slot, ScanKey key) {
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    ExprContext* expressions = GetPerTupleExprContext(estate);
    const MemoryContext before = MemoryContextSwitchTo(expressions->ecxt_per_tuple_memory);
    expressions->ecxt_scantuple = slot;
    FormIndexDatum(info, slot, estate, values, nulls);
    double distance = std::numeric_limits<double>::quiet_NaN();
    if (!nulls[0])
        distance = DatumGetFloat8(
            FunctionCall2Coll(&key->sk_func, key->sk_collation, values[0], key->sk_argument));
    MemoryContextSwitchTo(before);
    ResetPerTupleExprContext(estate);
    return distance;
}

}  // namespace vectidx
