#include "pg/inspect/row_scan.hpp"

#include "pg/inspect/index_argument.hpp"

namespace vectidx {

namespace {

// As for a query: an index may be too new for an old snapshot to use.
void check_snapshot(Relation index, Snapshot snapshot) {
    if (IsolationUsesXactSnapshot() && index->rd_index->indcheckxmin &&
        !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
                               snapshot->xmin))
        ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                        errmsg("index \"%s\" is too new for this transaction's snapshot",
                               RelationGetRelationName(index))));
}

}  // namespace

void scan_indexed_rows(Relation heap, Relation index, Snapshot snapshot,
                       IndexBuildCallback callback, void* state) {
    check_snapshot(index, snapshot);
    const Caller caller = become_owner(heap);
    IndexInfo* info = BuildIndexInfo(index);
    // As CREATE INDEX CONCURRENTLY does it: by a snapshot, and nothing to be unique.
    info->ii_Concurrent = true;
    TableScanDesc scan = table_beginscan_strat(heap, snapshot, 0, nullptr, true, true);
    table_index_build_scan(heap, index, info, true, false, callback, state, scan);
    become_caller(caller);
}

}  // namespace vectidx
