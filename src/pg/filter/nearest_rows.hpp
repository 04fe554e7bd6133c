// The rows of a table that pass a filter, in the order of their distances by the operator: all of
// them are measured.
//
// They are kept within work_mem. What does not fit is measured again when it is reached.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/row_list.hpp"

#include "pg/filter/row_tests.hpp"

namespace vectidx {

class NearestRows {
  public:
    // In the current memory context, which must outlive it. The rows are those on `list` that pass
    // `tests`, or of the whole table where that is nullptr. `certain`: rows that are listed one by
    // one pass if they are visible.
    NearestRows(IndexScanDesc scan, ScanKey order, RowTests* tests, const RowList* list,
                bool certain);
    void end();

    // Begins with the row at distance `from`. Those that are nearer come at the end, unless the
    // order is strict.
    void begin(double from, bool strict);
    bool next(HeapTid* tid, double* distance);

    // So far.
    uint64_t measured() const { return measured_; }

  private:
    struct Row {
        double key;  // its distance
        HeapTid tid;
    };
    // By distance, and rows at the same one by their places.
    static bool before(const Row& a, const Row& b);

    void collect();
    void collect_run(uint32_t at);
    void collect_page(BlockNumber block, uint32_t run, bool all);
    void offer(const Row& row);
    bool measure(Row* row);
    bool in_range(const Row& row) const;

    IndexScanDesc scan_;
    ScanKey order_;
    RowTests* tests_;
    const RowList* list_;
    bool certain_;
    MemoryContext context_;
    IndexInfo* info_;
    EState* estate_;
    ExprState* predicate_;  // of a partial index
    Row* rows_;             // [capacity_], the nearest at the end
    uint32_t capacity_ = 0, count_ = 0, most_;
    bool more_ = false;  // there are rows behind those
    bool strict_ = false;
    bool late_ = false;  // the nearer ones are coming
    double from_ = 0.0;
    Row last_ = {};  // given
    bool any_given_ = false;
    uint64_t measured_ = 0;
};

}  // namespace vectidx
