// Tests of single rows in the table, by the conditions of the scan's node.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/node.hpp"

namespace vectidx {

// The place of a row in its table.
inline ItemPointerData place_of(const HeapTid& tid) {
    static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
    ItemPointerData place;
    memcpy(&place, &tid, sizeof(place));
    return place;
}

// Sees rows through the snapshot of the scan, and evaluates the conditions as the node itself does:
// in the same order, so that one that might leak something about a row is not called before those
// that keep it from the user.
class RowTests {
  public:
    // In the current memory context, which must outlive it.
    explicit RowTests(IndexScanState* node);
    // Before the executor drops its slots.
    void end();

    // Whether a version of the row is visible and satisfies the conditions; it is in slot() then.
    // The page stays pinned.
    bool passes(const HeapTid& tid);
    // The same without the conditions.
    bool sees(const HeapTid& tid);
    // The row of the last call.
    TupleTableSlot* slot() { return slot_; }
    // Lets go of the page and of the row.
    void release();

  private:
    IndexScanState* node_;
    ExprContext* context_;
    TupleTableSlot* slot_;
    IndexFetchTableData* fetch_;
};

}  // namespace vectidx
