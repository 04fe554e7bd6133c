#include "pg/filter/filter_node.hpp"

#include <new>

#include "pg/am/scan_filter.hpp"
#include "pg/filter/explain.hpp"
#include "pg/filter/filter_run.hpp"

namespace vectidx {

namespace {

struct FilterState {
    CustomScanState node;  // first
    IndexScanState* scan;
    PlanState* bitmap;  // or nullptr
    FilterRun* run;
    bool handed_over;  // to the scan
};

FilterState* state_of(CustomScanState* node) {
    return reinterpret_cast<FilterState*>(node);
}

extern "C" {

static void begin_filter(CustomScanState* node, EState* estate, int flags) {
    FilterState* s = state_of(node);
    const auto* plan = reinterpret_cast<CustomScan*>(node->ss.ps.plan);
    PlanState* scan = ExecInitNode(static_cast<Plan*>(linitial(plan->custom_plans)), estate, flags);
    s->scan = castNode(IndexScanState, scan);
    node->custom_ps = list_make1(scan);
    if (list_length(plan->custom_plans) > 1) {
        s->bitmap = ExecInitNode(static_cast<Plan*>(lsecond(plan->custom_plans)), estate, flags);
        node->custom_ps = lappend(node->custom_ps, s->bitmap);
    }
    s->run = new (palloc(sizeof(FilterRun)))
        FilterRun(read_notes(plan->custom_private), s->scan, s->bitmap, estate->es_query_cxt);
    // Columns are taken from the scan's rows, which are of its kind. WHERE CURRENT OF looks there,
    // too.
    node->ss.ss_ScanTupleSlot = s->scan->ss.ss_ScanTupleSlot;
    node->ss.ps.scanops = scan->scanops;
    node->ss.ps.scanopsfixed = scan->scanopsfixed;
    node->ss.ps.scanopsset = scan->scanopsset;
    ExecAssignScanProjectionInfo(&node->ss);
}

static TupleTableSlot* execute_filter(CustomScanState* node) {
    FilterState* s = state_of(node);
    if (!s->handed_over) {
        const IndexScanDesc scan = begin_ordered_scan(s->scan);
        if (scan == nullptr) elog(ERROR, "vectidx: a filter stands above another index");
        set_scan_filter(scan, s->run);
        s->handed_over = true;
    }
    const TupleTableSlot* found = ExecProcNode(&s->scan->ss.ps);
    if (TupIsNull(found)) return nullptr;
    // The row of the table, before any of its columns were taken.
    TupleTableSlot* row = node->ss.ss_ScanTupleSlot;
    if (node->ss.ps.ps_ProjInfo == nullptr) return row;
    ExprContext* context = node->ss.ps.ps_ExprContext;
    ResetExprContext(context);
    context->ecxt_scantuple = row;
    return ExecProject(node->ss.ps.ps_ProjInfo);
}

static void end_filter(CustomScanState* node) {
    FilterState* s = state_of(node);
    s->run->end();
    if (s->bitmap != nullptr) ExecEndNode(s->bitmap);
    ExecEndNode(&s->scan->ss.ps);
}

// The list is kept while nothing that it depends on has changed.
static void rescan_filter(CustomScanState* node) {
    FilterState* s = state_of(node);
    const Bitmapset* changed = node->ss.ps.chgParam;
    if (changed != nullptr) {
        UpdateChangedParamSet(&s->scan->ss.ps, node->ss.ps.chgParam);
        if (s->bitmap != nullptr) UpdateChangedParamSet(s->bitmap, node->ss.ps.chgParam);
    }
    if (s->bitmap != nullptr && s->bitmap->chgParam != nullptr) s->run->drop_list();
    ExecReScan(&s->scan->ss.ps);
}

static void explain_filter(CustomScanState* node, List*, ExplainState* output) {
    explain_run(*state_of(node)->run, node->ss.ps.instrument != nullptr && output->analyze, output);
}

static Node* create_filter_state(CustomScan* plan);
}

const CustomExecMethods kExecMethods = {
    kFilterNode, begin_filter, execute_filter, end_filter, rescan_filter, nullptr,       nullptr,
    nullptr,     nullptr,      nullptr,        nullptr,    nullptr,       explain_filter};

const CustomScanMethods kScanMethods = {kFilterNode, create_filter_state};

Node* create_filter_state(CustomScan* plan) {
    auto* s = static_cast<FilterState*>(palloc0(sizeof(FilterState)));
    NodeSetTag(s, T_CustomScanState);
    s->node.flags = plan->flags;
    s->node.methods = &kExecMethods;
    return reinterpret_cast<Node*>(s);
}

}  // namespace

const CustomScanMethods* filter_scan_methods() {
    return &kScanMethods;
}

}  // namespace vectidx
