// Distances of the rows of a scan from the table, by the operator itself: for indexes that have
// only an embedding of the vectors (core/vector/sketch.hpp), or arrays of them.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/search_result.hpp"

#include "pg/am/row_fetch.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

// The distance of the indexed expression of the row in `slot` from key->sk_argument, by
// key->sk_func; NaN where the row has NULL, and where the distance is NULL. Evaluates index
// expressions as the current user.
double row_distance(IndexInfo* info, EState* estate, TupleTableSlot* slot, ScanKey key);

// What the operator's function gives for two values; NaN for NULL.
double distance_of(FmgrInfo* function, Oid collation, Datum a, Datum b);

class TableRows {
  public:
    // In the current memory context, which must outlive it. end() is called before that.
    // `order`: the operator and the value that it compares with.
    TableRows(IndexScanDesc scan, ScanKey order);
    void end();

    // Sees the rows through the snapshot of the scan and compares with its value as of the call.
    // Holds no lock and no pin between the calls. Returns false when the node's chain of TIDs could
    // not be read, as the store noted; rows of one that was moved may come twice.
    bool measure(const SearchResult& node, NodeStore& store, bool all,
                 Array<RowDistances::Row>* rows);

    // The same for one row. Returns false where the snapshot does not see it.
    bool measure_row(const HeapTid& tid, double* distance);

  private:
    bool add_row(const HeapTid& tid, Array<RowDistances::Row>* rows);

    IndexScanDesc scan_;
    ScanKey order_;
    IndexInfo* info_;
    EState* estate_;
    RowFetch fetch_;
};

}  // namespace vectidx
