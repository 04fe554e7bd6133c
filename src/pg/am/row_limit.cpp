#include "pg/am/row_limit.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/am/scan_filter.hpp"
#include "pg/am/scan_report.hpp"

namespace vectidx {

namespace {

ExecutorStart_hook_type g_next_hook;

// What the nodes above tell of a scan.
struct Above {
    const LimitState* limit;  // that takes its rows, or nullptr
    uint32_t read_ahead;      // rows that nodes below it read before they are wanted
    bool watched;             // by EXPLAIN ANALYZE or the like
};

// Begins the scan, so that it can be told.
void begin_scan(IndexScanState* node, const Above& above) {
    if (node->iss_ScanDesc != nullptr) return;
    const IndexScanDesc scan = begin_ordered_scan(node);
    if (scan == nullptr) return;
    set_row_limit(scan, above.limit, above.read_ahead);
    if (above.watched) watch_scan(scan);
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
        case T_WindowAggState:
        case T_GatherState:
        case T_GatherMergeState:
            return true;
        case T_CustomScanState:
            return is_filter(node->plan);
        default:
            return false;
    }
}

bool visit(PlanState* node, void* context);

bool visit_below(PlanState* node, Above above) {
#if PG_VERSION_NUM >= 160000
    return planstate_tree_walker(node, visit, &above);
#else
    // Declared without its arguments there.
    return planstate_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(visit)),
                                 &above);
#endif
}

bool visit(PlanState* node, void* context) {
    if (node == nullptr) return false;
    Above above = *static_cast<const Above*>(context);
    if (IsA(node, IndexScanState) && (above.limit != nullptr || above.watched))
        begin_scan(reinterpret_cast<IndexScanState*>(node), above);
    if (IsA(node, LimitState)) {
        above.limit = reinterpret_cast<const LimitState*>(node);
        above.read_ahead = 0;
    } else if (!passes_rows(node)) {
        above.limit = nullptr;
    }
    // row_number() and the like read one row ahead; a function that reads all takes further
    // batches.
    if (IsA(node, WindowAggState)) above.read_ahead += 1;
    return visit_below(node, above);
}

extern "C" {
static void start_executor(QueryDesc* query, int flags) {
    if (g_next_hook != nullptr)
        g_next_hook(query, flags);
    else
        standard_ExecutorStart(query, flags);
    Above above = {nullptr, 0, query->instrument_options != 0};
    if ((flags & EXEC_FLAG_EXPLAIN_ONLY) == 0) visit(query->planstate, &above);
}
}

}  // namespace

IndexScanDesc begin_ordered_scan(IndexScanState* node) {
    if (node->iss_RelationDesc == nullptr || node->iss_NumOrderByKeys == 0 ||
        node->iss_RelationDesc->rd_indam->ambuild != vectidx_build)
        return nullptr;
    if (node->iss_ScanDesc != nullptr) return node->iss_ScanDesc;
    node->iss_ScanDesc = index_beginscan(node->ss.ss_currentRelation, node->iss_RelationDesc,
                                         node->ss.ps.state->es_snapshot,
#if PG_VERSION_NUM >= 180000
                                         &node->iss_Instrument,
#endif
                                         node->iss_NumScanKeys, node->iss_NumOrderByKeys);
    // Keys that are computed at run time come with the first row.
    if (node->iss_NumRuntimeKeys == 0 || node->iss_RuntimeKeysReady)
        index_rescan(node->iss_ScanDesc, node->iss_ScanKeys, node->iss_NumScanKeys,
                     node->iss_OrderByKeys, node->iss_NumOrderByKeys);
    return node->iss_ScanDesc;
}

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
