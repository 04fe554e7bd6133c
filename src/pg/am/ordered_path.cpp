#include "pg/am/ordered_path.hpp"

#include "pg/am/access_method.hpp"

namespace vectidx {

namespace {

bool ascending(const PathKey* key) {
#if PG_VERSION_NUM >= 180000
    return key->pk_cmptype == COMPARE_LT;
#else
    return key->pk_strategy == BTLessStrategyNumber;
#endif
}

// Whether PostgreSQL itself finds the index for an order by the distance: before 16 it does not
// where other orders follow.
bool found_already(const IndexDistance& target) {
    return PG_VERSION_NUM >= 160000 || list_length(target.root->query_pathkeys) == 1;
}

// The first of the members that is a linear function of the index's distance.
bool match_member(const IndexDistance& target, EquivalenceClass* order, LinearDistance* result) {
    RelOptInfo* table = target.index->rel;
    const auto matches = [&](const EquivalenceMember* member) {
        return bms_equal(member->em_relids, table->relids) &&
               match_index_distance(target, reinterpret_cast<Node*>(member->em_expr), result) &&
               (reinterpret_cast<Expr*>(result->distance) != member->em_expr ||
                !found_already(target));
    };
#if PG_VERSION_NUM >= 180000
    EquivalenceMemberIterator members;
    setup_eclass_member_iterator(&members, order, table->relids);
    while (const EquivalenceMember* member = eclass_member_iterator_next(&members))
        if (matches(member)) return true;
#else
    ListCell* cell;
    foreach (cell, order->ec_members)
        if (matches(lfirst_node(EquivalenceMember, cell))) return true;
#endif
    return false;
}

bool declared_not_null(Oid table, AttrNumber column) {
    HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(column));
    if (!HeapTupleIsValid(tuple)) return false;
    const bool result = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
    ReleaseSysCache(tuple);
    return result;
}

bool analyzed_without_null(Oid table, AttrNumber column) {
    HeapTuple tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table), Int16GetDatum(column),
                                      BoolGetDatum(false));
    if (!HeapTupleIsValid(tuple)) return false;
    const auto* statistics = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
    const bool result = statistics->stanullfrac == 0.0f;
    ReleaseSysCache(tuple);
    return result;
}

// Whether a condition of the query is true only where the column has a value.
bool conditions_exclude_null(const RelOptInfo* table, const Var* column) {
    List* conditions = extract_actual_clauses(table->baserestrictinfo, false);
    List* found = find_nonnullable_vars(reinterpret_cast<Node*>(conditions));
#if PG_VERSION_NUM >= 160000
    return mbms_is_member(column->varno, column->varattno - FirstLowInvalidHeapAttributeNumber,
                          found);
#else
    ListCell* cell;
    foreach (cell, found) {
        const auto* other = lfirst_node(Var, cell);
        if (other->varno == column->varno && other->varattno == column->varattno) return true;
    }
    return false;
#endif
}

// Whether no row of the table has NULL for the distance of the indexed expression.
bool never_null(const IndexDistance& target, OpExpr* distance) {
    if (target.arrays) return false;  // the distance of an empty one is NULL
    const RelOptInfo* table = target.index->rel;
    const Oid id = planner_rt_fetch(table->relid, target.root)->relid;
    Node* indexed = column_of(target, distance);
    if (contain_nonstrict_functions(indexed)) return false;
    List* columns = pull_var_clause(indexed, 0);
    ListCell* cell;
    foreach (cell, columns) {
        const auto* column = lfirst_node(Var, cell);
        if (column->varattno <= 0) return false;
        if (!declared_not_null(id, column->varattno) && !conditions_exclude_null(table, column) &&
            !analyzed_without_null(id, column->varattno))
            return false;
    }
    return true;
}

void correct_scan(IndexScan* scan) {
    if (scan->indexorderbyops == NIL) return;
    Relation index = index_open(scan->indexid, NoLock);  // planning has locked it
    if (index->rd_indam->ambuild == vectidx_build) {
        ListCell* cell;
        foreach (cell, scan->indexorderbyops)
            lfirst_oid(cell) = Float8LessOperator;
    }
    index_close(index, NoLock);
}

void correct_plans(List* plans);

void correct_plan(Plan* plan) {
    check_stack_depth();
    if (plan == nullptr) return;
    switch (nodeTag(plan)) {
        case T_IndexScan:
            correct_scan(reinterpret_cast<IndexScan*>(plan));
            break;
        case T_Append:
            correct_plans(reinterpret_cast<Append*>(plan)->appendplans);
            break;
        case T_MergeAppend:
            correct_plans(reinterpret_cast<MergeAppend*>(plan)->mergeplans);
            break;
        case T_SubqueryScan:
            correct_plan(reinterpret_cast<SubqueryScan*>(plan)->subplan);
            break;
        case T_CustomScan:
            correct_plans(reinterpret_cast<CustomScan*>(plan)->custom_plans);
            break;
        default:
            break;
    }
    correct_plan(plan->lefttree);
    correct_plan(plan->righttree);
}

void correct_plans(List* plans) {
    ListCell* cell;
    foreach (cell, plans)
        correct_plan(static_cast<Plan*>(lfirst(cell)));
}

}  // namespace

void add_ordered_path(const IndexDistance& target) {
    if (target.root->query_pathkeys == NIL) return;
    auto* key = linitial_node(PathKey, target.root->query_pathkeys);
    LinearDistance term;
    if (key->pk_eclass->ec_has_volatile || !match_member(target, key->pk_eclass, &term)) return;
    // The nearest rows must come first.
    if (ascending(key) != (term.scale > 0.0)) return;
    if (key->pk_nulls_first && !never_null(target, term.distance)) return;
    Expr* order = make_opclause(target.distance_operator, FLOAT8OID, false,
                                reinterpret_cast<Expr*>(column_of(target, term.distance)),
                                reinterpret_cast<Expr*>(query_of(target, term.distance)),
                                InvalidOid, term.distance->inputcollid);
    set_opfuncid(reinterpret_cast<OpExpr*>(order));
    RelOptInfo* table = target.index->rel;
    add_path(table,
             reinterpret_cast<Path*>(create_index_path(
                 target.root, target.index, NIL, list_make1(order), list_make1_int(0),
                 list_make1(key), ForwardScanDirection, false, table->lateral_relids, 1.0, false)));
}

void correct_orders(PlannedStmt* plan) {
    correct_plan(plan->planTree);
    correct_plans(plan->subplans);
}

}  // namespace vectidx
