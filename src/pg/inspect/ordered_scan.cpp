#include "pg/inspect/ordered_scan.hpp"

#include <cmath>
#include <limits>

#include "pg/am/row_limit.hpp"
#include "pg/am/table_rows.hpp"
#include "pg/memory.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

Oid distance_function(Relation index) {
    const Oid family = index->rd_opfamily[0], type = index->rd_opcintype[0];
    const Oid op = get_opfamily_member(family, type, type, kDistanceStrategy);
    if (!OidIsValid(op)) elog(ERROR, "operator family %u has no distance operator", family);
    return get_opcode(op);
}

OrderedScan::OrderedScan(Relation heap, Relation index, Snapshot snapshot, FmgrInfo* distance)
    : heap_(heap),
      distance_(distance),
      info_(BuildIndexInfo(index)),
#if PG_VERSION_NUM >= 180000
      scan_(index_beginscan(heap, index, snapshot, nullptr, 0, 1)),
#else
      scan_(index_beginscan(heap, index, snapshot, 0, 1)),
#endif
      estate_(CreateExecutorState()),
      slot_(table_slot_create(heap, nullptr)),
      context_(AllocSetContextCreate(CurrentMemoryContext, "vectidx ordered scan",
                                     ALLOCSET_DEFAULT_SIZES)),
      arena_(context_arena(context_)),
      waiting_(arena_) {
}

void OrderedScan::start(Datum value, uint32_t rows) {
    MemoryContextReset(context_);
    waiting_ = MinHeap<Row>(arena_);
    at_end_ = false;
    ScanKeyData key;
    ScanKeyEntryInitialize(&key, SK_ORDER_BY, 1, kDistanceStrategy, InvalidOid, InvalidOid,
                           distance_->fn_oid, value);
    set_row_limit(scan_, rows);
    index_rescan(scan_, nullptr, 0, &key, 1);
}

// The executor's way (IndexNextWithReorder): a row whose distance is a lower bound waits until the
// scan has come to a larger one.
bool OrderedScan::next(ItemPointer tid, double* distance) {
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        const bool passed =
            !waiting_.empty() &&
            (at_end_ || waiting_.top().key <= DatumGetFloat8(scan_->xs_orderbyvals[0]));
        Row row;
        if (passed) {
            row = waiting_.pop();
        } else {
            if (at_end_ || !fetch(&row)) {
                if (waiting_.empty()) return false;
                at_end_ = true;
                continue;
            }
            if (scan_->xs_recheckorderby || (!waiting_.empty() && row.key > waiting_.top().key)) {
                waiting_.push(row);
                continue;
            }
        }
        *tid = row.tid;
        *distance = row.distance;
        return true;
    }
}

bool OrderedScan::fetch(Row* row) {
    for (ItemPointer tid; (tid = next_tid()) != nullptr;) {
        // Fetching moves on to the version that is visible.
        row->tid = *tid;
        if (!index_fetch_heap(scan_, slot_)) continue;
        row->distance = distance_to_row();
        row->key =
            scan_->xs_recheckorderby ? row->distance : DatumGetFloat8(scan_->xs_orderbyvals[0]);
        return true;
    }
    return false;
}

// The scan may evaluate them, too.
ItemPointer OrderedScan::next_tid() {
    const Caller caller = become_owner(heap_);
    ItemPointer tid = index_getnext_tid(scan_, ForwardScanDirection);
    become_caller(caller);
    return tid;
}

// Index expressions run with the rights of the table's owner.
double OrderedScan::distance_to_row() {
    const Caller caller = become_owner(heap_);
    const double distance = row_distance(info_, estate_, slot_, scan_->orderByData);
    become_caller(caller);
    return std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
}

void OrderedScan::end() {
    index_endscan(scan_);
    ExecDropSingleTupleTableSlot(slot_);
    FreeExecutorState(estate_);
    MemoryContextDelete(context_);
}

}  // namespace vectidx
