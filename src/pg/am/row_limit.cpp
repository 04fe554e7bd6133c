#include "pg/am/row_limit.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"

namespace vectidx {

namespace {

ExecutorStart_hook_type g_next_hook;

// Begins the scan, as its first row would, so that it can be given its LIMIT.
void begin_scan(IndexScanState* node, const LimitState* limit) {
    if (node->iss_RelationDesc == nullptr || node->iss_ScanDesc != nullptr ||
        node->iss_NumOrderByKeys == 0 || node->iss_RelationDesc->rd_indam->ambuild != vectidx_build)
        return;
    node->iss_ScanDesc = index_beginscan(node->ss.ss_currentRelation, node->iss_RelationDesc,
                                         node->ss.ps.state->es_snapshot,
#if PG_VERSION_NUM >= 180000
                                         &node->iss_Instrument,
#endif
                                         node->iss_NumScanKeys, node->iss_NumOrderByKeys);
    set_row_limit(node->iss_ScanDesc, limit);
    // Keys that are computed at run time come with the first row.
    if (node->iss_NumRuntimeKeys == 0 || node->iss_RuntimeKeysReady)
        index_rescan(node->iss_ScanDesc, node->iss_ScanKeys, node->iss_NumScanKeys,
                     node->iss_OrderByKeys, node->iss_NumOrderByKeys);
}

// Nodes that take as many rows from each node below them as are taken from them, or some more.
bool passes_rows(const PlanState* node) {
    switch (nodeTag(node)) {
        case T_ResultState:
        case T_SubqueryScanState:
        case T_LockRowsState:
        case T_AppendState:
        case T_MergeAppendState:
        case T_IncrementalSortState:
        case T_GatherState:
        case T_GatherMergeState:
            return true;
        default:
            return false;
    }
}

bool visit(PlanState* node, void* context);

bool visit_below(PlanState* node, const LimitState* limit) {
    void* context = const_cast<LimitState*>(limit);
#if PG_VERSION_NUM >= 160000
    return planstate_tree_walker(node, visit, context);
#else
    // Declared without its arguments there.
    return planstate_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(visit)),
                                 context);
#endif
}

bool visit(PlanState* node, void* context) {
    if (node == nullptr) return false;
    const auto* limit = static_cast<const LimitState*>(context);
    if (IsA(node, IndexScanState) && limit != nullptr)
        begin_scan(reinterpret_cast<IndexScanState*>(node), limit);
    if (IsA(node, LimitState))
        limit = reinterpret_cast<const LimitState*>(node);
    else if (!passes_rows(node))
        limit = nullptr;
    return visit_below(node, limit);
}

extern "C" {
static void start_executor(QueryDesc* query, int flags) {
    if (g_next_hook != nullptr)
        g_next_hook(query, flags);
    else
        standard_ExecutorStart(query, flags);
    if ((flags & EXEC_FLAG_EXPLAIN_ONLY) == 0) visit(query->planstate, nullptr);
}
}

}  // namespace

void watch_row_limits() {
    g_next_hook = ExecutorStart_hook;
    ExecutorStart_hook = start_executor;
}

uint32_t limited_rows(const LimitState* limit) {
    constexpr int64 kMost = 100000;
    if (limit == nullptr || limit->noCount || limit->lstate == LIMIT_INITIAL) return 0;
    return static_cast<uint32_t>(std::clamp<int64>(
        std::min(limit->count, kMost) + std::min(limit->offset, kMost), 0, kMost));
}

}  // namespace vectidx
