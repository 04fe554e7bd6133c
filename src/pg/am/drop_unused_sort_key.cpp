#include "pg/am/drop_unused_sort_key.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/ordered_path.hpp"
#include "pg/am/scan_filter.hpp"

namespace vectidx {

namespace {

planner_hook_type g_next_hook;

// Opened without a lock: planning has taken it.
bool is_ours(Oid index_id) {
    Relation index = index_open(index_id, NoLock);
    const bool ours = index->rd_indam->ambuild == vectidx_build;
    index_close(index, NoLock);
    return ours;
}

// The plan that gives the query's rows as they are: the top, or the plan below a LIMIT that only
// counts.
Plan* top_plan(Plan* top) {
    if (!IsA(top, Limit)) return top;
    if (reinterpret_cast<Limit*>(top)->limitOption == LIMIT_OPTION_WITH_TIES) return nullptr;
    return outerPlan(top);
}

// The scan that the plan is, or that a filter stands above; or nullptr.
IndexScan* scan_of(Plan* plan) {
    if (plan == nullptr) return nullptr;
    if (is_filter(plan))
        plan = static_cast<Plan*>(linitial(reinterpret_cast<CustomScan*>(plan)->custom_plans));
    return IsA(plan, IndexScan) ? reinterpret_cast<IndexScan*>(plan) : nullptr;
}

// Whether the expression is what the scan orders by, or a function of it that has the same order.
bool orders(IndexScan* scan, Expr* expression) {
    LinearDistance term;
    const auto is_order = [&](OpExpr* op) { return list_member(scan->indexorderbyorig, op); };
    return match_linear_distance(reinterpret_cast<Node*>(expression), is_order, &term);
}

// Both target lists have the same columns in the same places; only the top one says which are junk.
void drop_from(List* top_columns, List* columns, IndexScan* scan) {
    if (list_length(top_columns) != list_length(columns)) return;
    ListCell *top_cell, *scan_cell;
    forboth(top_cell, top_columns, scan_cell, columns) {
        const auto* top = lfirst_node(TargetEntry, top_cell);
        auto* column = lfirst_node(TargetEntry, scan_cell);
        if (top->resjunk && orders(scan, column->expr))
            column->expr = reinterpret_cast<Expr*>(
                makeNullConst(exprType(reinterpret_cast<Node*>(column->expr)), -1, InvalidOid));
    }
}

extern "C" PlannedStmt* plan_query(Query* query, const char* text, int cursor_options,
                                   ParamListInfo params) {
    PlannedStmt* result = g_next_hook != nullptr
                              ? g_next_hook(query, text, cursor_options, params)
                              : standard_planner(query, text, cursor_options, params);
    correct_orders(result);
    if (result->commandType != CMD_SELECT) return result;
    Plan* top = top_plan(result->planTree);
    IndexScan* scan = scan_of(top);
    if (scan != nullptr && scan->indexorderbyorig != NIL && is_ours(scan->indexid))
        drop_from(result->planTree->targetlist, top->targetlist, scan);
    return result;
}

}  // namespace

void drop_unused_sort_keys() {
    g_next_hook = planner_hook;
    planner_hook = plan_query;
}

}  // namespace vectidx
