#include "pg/am/row_fetch.hpp"

namespace vectidx {

RowFetch::RowFetch(Relation table)
    : slot_(table_slot_create(table, nullptr)), fetch_(table_index_fetch_begin(table)) {}

void RowFetch::end() {
    ExecDropSingleTupleTableSlot(slot_);
    table_index_fetch_end(fetch_);
}

bool RowFetch::sees(const HeapTid& tid, Snapshot snapshot) {
    CHECK_FOR_INTERRUPTS();
    static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
    ItemPointerData place;  // moves on to the version that is visible
    memcpy(&place, &tid, sizeof(place));
    bool again = false;
    return table_index_fetch_tuple(fetch_, &place, snapshot, slot_, &again, nullptr);
}

void RowFetch::release() {
    ExecClearTuple(slot_);
    table_index_fetch_reset(fetch_);
}

}  // namespace vectidx
