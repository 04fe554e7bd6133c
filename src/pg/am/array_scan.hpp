// Scans of an index over arrays: ORDER BY column <operator> array, by MaxSim.
//
// Each vector of the query has a search of its own (array_probe.hpp). The rows that the searches
// met are ranked by what is known of them (core/graph/row_gains.hpp) and measured in the table, the
// best first, until the rest would hardly be among the rows that are wanted. Where too little is
// known for that, the searches go on. The order is that of the distances in the table.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/heap.hpp"
#include "core/graph/row_gains.hpp"

#include "pg/am/array_probe.hpp"
#include "pg/am/scan_state.hpp"

namespace vectidx {

class ArrayScan {
  public:
    // In the current memory context, that of the search. REQUIRES: the query was read, and the
    // table is open.
    ArrayScan(IndexScanDesc scan, ScanState* s, const IndexedType& type);

    // The next row, by the distance in the table. Returns false at the end.
    bool next(HeapTid* tid, double* distance);

  private:
    struct Given {
        double key;
        HeapTid tid;
    };

    void measure_pending();
    bool read_pending(Array<HeapTid>* tids);
    void measure(GainedRow* row);
    void settle();
    void search();
    void rank();
    bool measure_enough();
    bool has_enough(float* least);
    bool lists_pay(float least) const;
    void take_more();
    void take_all();
    float gain_at(size_t i) { return rows_.rows()[order_[i]].gain; }

    IndexScanDesc scan_;
    ScanState* s_;
    MemoryContext context_;
    Arena arena_;
    ArrayProbe* probes_;
    uint32_t probe_count_;
    ArrayProbe whole_;  // the graph without a query
    RowGains rows_;
    Array<uint32_t> order_;  // rows to be measured, the largest gain first,
    size_t next_ = 0;        // and the first that was not yet
    Array<Given> measured_;  // working memory of has_enough()
    Array<float> gains_;     // likewise
    MinHeap<Given> ready_, late_;
    size_t max_bytes_;  // of the rows
    float recall_;      // that is wanted
    bool strict_order_;
    uint32_t length_ = 0;     // rows that each search was asked for
    uint32_t wanted_ = 0;     // rows up to the end of the batch,
    uint32_t given_ = 0;      // of which so many were given
    double expanded_ = 0.0;   // by the searches of the present lengths
    bool all_known_ = false;  // every row of the index was met
    bool complete_ = false;   // and measured
    double last_;             // the distance of the last row that was given
};

}  // namespace vectidx
