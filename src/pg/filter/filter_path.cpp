#include "pg/filter/filter_path.hpp"

#include "pg/am/index_distance.hpp"
#include "pg/am/options.hpp"
#include "pg/am/scan_filter.hpp"
#include "pg/filter/bitmap_path.hpp"
#include "pg/filter/filter_node.hpp"
#include "pg/filter/filter_prices.hpp"
#include "pg/filter/plan_notes.hpp"

namespace vectidx {

namespace {

// A scan that passes over fewer rows than it gives does well without help.
constexpr double kMostPassing = 0.5;

set_rel_pathlist_hook_type g_next_hook;

bool is_heap(Oid table_id) {
    Relation table = table_open(table_id, NoLock);  // planning has locked it
    const bool heap = table->rd_rel->relam == HEAP_TABLE_AM_OID;
    table_close(table, NoLock);
    return heap;
}

// Visits what is below a node: an expression, or a query.
bool walk(Node* node, bool (*visit)(Node*, void*), void* context) {
#if PG_VERSION_NUM >= 160000
    const auto visitor = visit;
#else
    // Declared without its arguments there.
    const auto visitor = reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(visit));
#endif
    return IsA(node, Query) ? query_tree_walker(reinterpret_cast<Query*>(node), visitor, context, 0)
                            : expression_tree_walker(node, visitor, context);
}

// Whether the queries of its subplans have volatile functions: contain_volatile_functions() does
// not look there.
bool has_volatile_subplan(Node* node, void* root) {
    if (node == nullptr) return false;
    if (IsA(node, SubPlan)) {
        const int id = reinterpret_cast<SubPlan*>(node)->plan_id;
        const PlannerGlobal* global = static_cast<PlannerInfo*>(root)->glob;
        auto* query = reinterpret_cast<Node*>(
            static_cast<PlannerInfo*>(list_nth(global->subroots, id - 1))->parse);
        if (contain_volatile_functions(query) || has_volatile_subplan(query, root)) return true;
    }
    return walk(node, has_volatile_subplan, root);
}

bool is_volatile(PlannerInfo* root, const RestrictInfo* condition) {
    auto* clause = reinterpret_cast<Node*>(condition->clause);
    return contain_volatile_functions(clause) || has_volatile_subplan(clause, root);
}

// Rows that are locked, and those of an UPDATE, are looked at again by the executor, one at a time;
// that is left to PostgreSQL's plans, and so are volatile conditions, which count their calls.
bool may_filter(PlannerInfo* root, const RelOptInfo* table, const RangeTblEntry* entry) {
    const CmdType command = root->parse->commandType;
    if (entry->rtekind != RTE_RELATION || entry->inh || entry->tablesample != nullptr ||
        (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_MATVIEW) ||
        table->baserestrictinfo == NIL || root->rowMarks != NIL ||
        (command != CMD_SELECT && command != CMD_INSERT))
        return false;
    if (filter_mode() == FilterMode::Auto &&
        (root->tuple_fraction <= 0.0 || table->rows > kMostPassing * table->tuples))
        return false;
    ListCell* cell;
    foreach (cell, table->baserestrictinfo)
        if (is_volatile(root, lfirst_node(RestrictInfo, cell))) return false;
    return is_heap(entry->relid);
}

// Whether the scan leaves conditions to be tested, other than bounds of its distance.
bool leaves_conditions(const IndexPath* scan) {
    ListCell *cell, *clause;
    foreach (cell, scan->indexinfo->indrestrictinfo) {
        const auto* condition = lfirst_node(RestrictInfo, cell);
        bool served = condition->pseudoconstant;
        foreach (clause, scan->indexclauses)
            served = served || lfirst_node(IndexClause, clause)->rinfo == condition;
        if (!served) return true;
    }
    return false;
}

List* ordered_scans(PlannerInfo* root, const RelOptInfo* table) {
    List* result = NIL;
    ListCell* cell;
    // An index over arrays has no searches for a filter to look into: it measures rows in the
    // table.
    foreach (cell, table->pathlist) {
        if (!IsA(lfirst(cell), IndexPath)) continue;
        auto* scan = static_cast<IndexPath*>(lfirst(cell));
        IndexDistance target;
        if (scan->path.pathtype == T_IndexScan && list_length(scan->indexorderbys) == 1 &&
            scan->path.param_info == nullptr &&
            find_index_distance(root, scan->indexinfo, &target) && !target.arrays &&
            leaves_conditions(scan))
            result = lappend(result, scan);
    }
    return result;
}

// A condition that holds for all rows or none stands in a node of its own, above the scan; ours
// will have one, too.
Plan* below_gate(Plan* plan) {
    while (plan != nullptr && IsA(plan, Result))
        plan = outerPlan(plan);
    return plan;
}

Plan* plan_filter(PlannerInfo*, RelOptInfo* table, CustomPath* path, List* columns, List*,
                  List* plans) {
    Plan* scan = below_gate(static_cast<Plan*>(linitial(plans)));
    if (scan == nullptr || !IsA(scan, IndexScan))
        elog(ERROR, "vectidx: a filter stands above no index scan");
    // The node takes the row as the scan found it in the table.
    scan->targetlist = NIL;
    auto* node = makeNode(CustomScan);
    node->scan.scanrelid = table->relid;
    node->scan.plan.targetlist = columns;
    node->flags = path->flags;
    node->custom_plans = list_make1(scan);
    PlanNotes notes = read_notes(path->custom_private);
    node->methods = filter_scan_methods();
    if (list_length(plans) > 1) {
        const Plan* heap = below_gate(static_cast<Plan*>(lsecond(plans)));
        if (heap == nullptr || !IsA(heap, BitmapHeapScan))
            elog(ERROR, "vectidx: the list of a filter is no bitmap");
        node->custom_plans = lappend(node->custom_plans, outerPlan(heap));
        // What it would test in the table is what no index serves.
        notes.covered = heap->qual == NIL;
    }
    node->custom_private = write_notes(notes);
    return &node->scan.plan;
}

const CustomPathMethods kPathMethods = {kFilterNode, plan_filter, nullptr};

CustomPath* filter_path(PlannerInfo* root, IndexPath* scan, BitmapHeapPath* bitmap) {
    auto* path = makeNode(CustomPath);
    path->path.pathtype = T_CustomScan;
    path->path.parent = scan->path.parent;
    path->path.pathtarget = scan->path.pathtarget;
    path->path.rows = scan->path.rows;
    path->path.pathkeys = scan->path.pathkeys;
#if PG_VERSION_NUM >= 180000
    path->path.disabled_nodes = scan->path.disabled_nodes;
#endif
#if PG_VERSION_NUM >= 150000
    path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
#endif
    path->custom_paths = list_make1(scan);
    if (bitmap != nullptr) path->custom_paths = lappend(path->custom_paths, bitmap);
    PlanNotes notes;
    const RowPrices units = row_prices(root, scan);
    notes.prices = filter_prices(units, scan, bitmap);
    notes.wanted = wanted_rows(root);
    notes.mode = FilterRule::Mode::Auto;
    notes.covered = false;
    if (filter_mode() == FilterMode::Walk) notes.mode = FilterRule::Mode::Walk;
    if (filter_mode() == FilterMode::Brute) notes.mode = FilterRule::Mode::Brute;
    if (filter_mode() == FilterMode::Codes) notes.mode = FilterRule::Mode::Codes;
    path->custom_private = write_notes(notes);
    path->methods = &kPathMethods;
    set_filter_costs(root, units, scan, bitmap, notes.prices, &path->path);
    return path;
}

extern "C" void add_filter_paths(PlannerInfo* root, RelOptInfo* table, Index index,
                                 RangeTblEntry* entry) {
    if (g_next_hook != nullptr) g_next_hook(root, table, index, entry);
    if (filter_mode() == FilterMode::Off || !may_filter(root, table, entry)) return;
    List* scans = ordered_scans(root, table);
    if (scans == NIL) return;
    BitmapHeapPath* bitmap = bitmap_path(root, table);
    ListCell* cell;
    foreach (cell, scans)
        add_path(table, reinterpret_cast<Path*>(
                            filter_path(root, static_cast<IndexPath*>(lfirst(cell)), bitmap)));
}

}  // namespace

void filter_ordered_scans() {
    g_next_hook = set_rel_pathlist_hook;
    set_rel_pathlist_hook = add_filter_paths;
}

}  // namespace vectidx
