#include "pg/am/table_rows.hpp"

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
        if (measure_row(node.tids[i], rows) && !all) return true;
    ChainPosition chain{node.overflow_block, node.overflow_slot};
    HeapTid tids[kTidsPerSlot];
    while (!chain.at_end()) {
        uint32_t count = 0;
        if (!store.read_chain(node.id, &chain, tids, &count)) return false;
        for (uint32_t i = 0; i < count; ++i)
            if (measure_row(tids[i], rows) && !all) return true;
    }
    return true;
}

bool TableRows::measure_row(const HeapTid& tid, Array<RowDistances::Row>* rows) {
    const bool visible = fetch_.sees(tid, scan_->xs_snapshot);
    if (visible) rows->push_back({tid, row_distance(info_, estate_, fetch_.slot(), order_)});
    fetch_.release();
    return visible;
}

}  // namespace vectidx
