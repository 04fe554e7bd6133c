// A scan of one given index in the order of distance, without a plan.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/heap.hpp"

#include "pg/inspect/index_argument.hpp"

namespace vectidx {

// The function of the operator that an index orders by.
Oid distance_function(Relation index);

class OrderedScan {
  public:
    // `distance` is distance_function(), looked up.
    OrderedScan(Relation heap, Relation index, Snapshot snapshot, FmgrInfo* distance);

    // Starts again, in the order of distance from `value`, as for LIMIT `rows`.
    void start(Datum value, uint32_t rows);
    // The next visible row: the TID that the index has of it, and its distance. The rows come as a
    // query would get them: those whose distance the index only bounds are sorted in.
    bool next(ItemPointer tid, double* distance);
    void end();

  private:
    struct Row {
        double key;
        double distance;
        ItemPointerData tid;
    };

    bool fetch(Row* row);
    ItemPointer next_tid();
    double distance_to_row();

    Relation heap_;
    FmgrInfo* distance_;
    IndexInfo* info_;
    IndexScanDesc scan_;
    EState* estate_;
    TupleTableSlot* slot_;
    MemoryContext context_;  // of one start()
    Arena arena_;
    MinHeap<Row> waiting_;  // until the scan is past them
    bool at_end_ = false;
};

}  // namespace vectidx
