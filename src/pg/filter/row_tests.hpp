// Tests of single rows in the table, by the conditions of the scan's node.
#pragma once

#include "pg/postgres.hpp"

#include "pg/am/row_fetch.hpp"

namespace vectidx {

// Sees rows through the snapshot of the scan, and evaluates the conditions as the node itself does:
// in the same order, so that one that might leak something about a row is not called before those
// that keep it from the user.
class RowTests {
  public:
    // In the current memory context, which must outlive it.
    explicit RowTests(IndexScanState* node);
    // Before the executor drops its slots.
    void end() { fetch_.end(); }

    // Whether a version of the row is visible and satisfies the conditions; it is in slot() then.
    // The page stays pinned.
    bool passes(const HeapTid& tid);
    // The same without the conditions.
    bool sees(const HeapTid& tid) { return fetch_.sees(tid, node_->ss.ps.state->es_snapshot); }
    // See RowFetch.
    TupleTableSlot* slot() { return fetch_.slot(); }
    void release() { fetch_.release(); }

  private:
    IndexScanState* node_;
    ExprContext* context_;
    RowFetch fetch_;
};

}  // namespace vectidx
