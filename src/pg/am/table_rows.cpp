#include "pg/am/table_rows.hpp"

#include <limits>

namespace vectidx {

double distance_of(FmgrInfo* function, Oid collation, Datum a, Datum b) {
    LOCAL_FCINFO(call, 2);
    InitFunctionCallInfoData(*call, function, 2, collation, nullptr, nullptr);
    call->args[0] = {a, false};
    call->args[1] = {b, false};
    const Datum result = FunctionCallInvoke(call);
    return call->isnull ? std::numeric_limits<double>::quiet_NaN() : DatumGetFloat8(result);
}

double row_distance(IndexInfo* info, EState* estate, TupleTableSlot* slot, ScanKey key) {
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    ExprContext* expressions = GetPerTupleExprContext(estate);
    const MemoryContext before = MemoryContextSwitchTo(expressions->ecxt_per_tuple_memory);
    expressions->ecxt_scantuple = slot;
    FormIndexDatum(info, slot, estate, values, nulls);
    double distance = std::numeric_limits<double>::quiet_NaN();
    if (!nulls[0])
        distance = distance_of(&key->sk_func, key->sk_collation, values[0], key->sk_argument);
    MemoryContextSwitchTo(before);
    ResetPerTupleExprContext(estate);
    return distance;
}

TableRows::TableRows(IndexScanDesc scan, ScanKey order)
    : scan_(scan),
      order_(order),
      info_(BuildIndexInfo(scan->indexRelation)),
      estate_(CreateExecutorState()),
      fetch_(scan->heapRelation) {}

void TableRows::end() {
    fetch_.end();
    FreeExecutorState(estate_);
}

bool TableRows::measure(const SearchResult& node, NodeStore& store, bool all,
                        Array<RowDistances::Row>* rows) {
    for (uint32_t i = 0; i < node.tid_count; ++i)
        if (add_row(node.tids[i], rows) && !all) return true;
    ChainPosition chain{node.overflow_block, node.overflow_slot};
    HeapTid tids[kTidsPerSlot];
    while (!chain.at_end()) {
        uint32_t count = 0;
        if (!store.read_chain(node.id, &chain, tids, &count)) return false;
        for (uint32_t i = 0; i < count; ++i)
            if (add_row(tids[i], rows) && !all) return true;
    }
    return true;
}

bool TableRows::measure_row(const HeapTid& tid, double* distance) {
    const bool visible = fetch_.sees(tid, scan_->xs_snapshot);
    if (visible) *distance = row_distance(info_, estate_, fetch_.slot(), order_);
    fetch_.release();
    return visible;
}

bool TableRows::add_row(const HeapTid& tid, Array<RowDistances::Row>* rows) {
    double distance = 0.0;
    const bool visible = measure_row(tid, &distance);
    if (visible) rows->push_back({tid, distance});
    return visible;
}

}  // namespace vectidx
