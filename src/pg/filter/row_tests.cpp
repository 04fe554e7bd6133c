#include "pg/filter/row_tests.hpp"

namespace vectidx {

RowTests::RowTests(IndexScanState* node)
    : node_(node),
      context_(CreateExprContext(node->ss.ps.state)),
      slot_(table_slot_create(node->ss.ss_currentRelation, nullptr)),
      fetch_(table_index_fetch_begin(node->ss.ss_currentRelation)) {}

void RowTests::end() {
    ExecDropSingleTupleTableSlot(slot_);
    table_index_fetch_end(fetch_);
}

bool RowTests::sees(const HeapTid& tid) {
    CHECK_FOR_INTERRUPTS();
    ItemPointerData place = place_of(tid);  // moves on to the version that is visible
    bool again = false;
    return table_index_fetch_tuple(fetch_, &place, node_->ss.ps.state->es_snapshot, slot_, &again,
                                   nullptr);
}

bool RowTests::passes(const HeapTid& tid) {
    if (!sees(tid)) return false;
    ResetExprContext(context_);
    context_->ecxt_scantuple = slot_;
    return ExecQual(node_->ss.ps.qual, context_);
}

void RowTests::release() {
    ExecClearTuple(slot_);
    table_index_fetch_reset(fetch_);
}

}  // namespace vectidx
