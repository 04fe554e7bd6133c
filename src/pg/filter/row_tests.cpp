#include "pg/filter/row_tests.hpp"

namespace vectidx {

RowTests::RowTests(IndexScanState* node)
    : node_(node),
      context_(CreateExprContext(node->ss.ps.state)),
      fetch_(node->ss.ss_currentRelation) {}

bool RowTests::passes(const HeapTid& tid) {
    if (!sees(tid)) return false;
    ResetExprContext(context_);
    context_->ecxt_scantuple = slot();
    return ExecQual(node_->ss.ps.qual, context_);
}

}  // namespace vectidx
