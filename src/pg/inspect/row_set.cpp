#include "pg/inspect/row_set.hpp"

namespace vectidx {

namespace {

#if PG_VERSION_NUM < 150000
// InitMaterializedSRF() came with 15.
void materialize(FunctionCallInfo fcinfo) {
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (result == nullptr || !IsA(result, ReturnSetInfo) ||
        (result->allowedModes & SFRM_Materialize) == 0)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set")));
    const MemoryContext before = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    result->returnMode = SFRM_Materialize;
    result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
                                              false, work_mem);
    result->setDesc = BlessTupleDesc(columns);
    MemoryContextSwitchTo(before);
}
#else
void materialize(FunctionCallInfo fcinfo) {
    InitMaterializedSRF(fcinfo, 0);
}
#endif

void check_columns(TupleDesc columns, int count) {
    if (columns->natts == count) return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
                    errmsg("the function was declared by another version of the extension"),
                    errdetail("It returns %d columns and not %d.", count, columns->natts),
                    errhint("Run ALTER EXTENSION ... UPDATE.")));
}

}  // namespace

TupleDesc result_columns(FunctionCallInfo fcinfo, int count) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    check_columns(columns, count);
    return BlessTupleDesc(columns);
}

RowSet::RowSet(FunctionCallInfo fcinfo, int columns)
    : result_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)) {
    materialize(fcinfo);
    check_columns(result_->setDesc, columns);
}

void RowSet::add(const Datum* values, const bool* nulls) {
    tuplestore_putvalues(result_->setResult, result_->setDesc, const_cast<Datum*>(values),
                         const_cast<bool*>(nulls));
}

}  // namespace vectidx
