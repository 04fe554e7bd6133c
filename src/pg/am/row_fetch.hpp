// Single rows of a table by their heap TIDs, seen through a snapshot.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/node.hpp"

namespace vectidx {

class RowFetch {
  public:
    // In the current memory context, which must outlive it. end() is called before that, and before
    // the executor drops its slots.
    explicit RowFetch(Relation table);
    void end();

    // Whether a version of the row is visible; it is in slot() then. The page stays pinned.
    bool sees(const HeapTid& tid, Snapshot snapshot);
    // The row of the last call.
    TupleTableSlot* slot() { return slot_; }
    // Lets go of the page and of the row.
    void release();

  private:
    TupleTableSlot* slot_;
    IndexFetchTableData* fetch_;
};

}  // namespace vectidx
