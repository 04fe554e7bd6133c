#include "pg/am/bound_paths.hpp"

#include <cmath>

#include "pg/am/index_distance.hpp"
#include "pg/am/ordered_path.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

set_rel_pathlist_hook_type g_next_hook;

// A bound that the query states.
struct Bound {
    IndexClause* clause;
    Node* query;
    bool alone;  // every row that satisfies it is in the index
};

// dist < value in one of these forms; `value` may be single precision.
struct Comparison {
    Node* less;
    Node* greater;
    bool strict;
    bool less_single, greater_single;  // which side is single precision
};

bool comparison_of(OpExpr* op, Comparison* result) {
    const Oid function = OidIsValid(op->opfuncid) ? op->opfuncid : get_opcode(op->opno);
    bool swap = false, strict = false, left = false, right = false;
    switch (function) {
        case F_FLOAT8LT:
            strict = true;
            break;
        case F_FLOAT8LE:
            break;
        case F_FLOAT8GT:
            strict = swap = true;
            break;
        case F_FLOAT8GE:
            swap = true;
            break;
        case F_FLOAT84LT:
            strict = right = true;
            break;
        case F_FLOAT84LE:
            right = true;
            break;
        case F_FLOAT84GT:
            strict = swap = right = true;
            break;
        case F_FLOAT84GE:
            swap = right = true;
            break;
        case F_FLOAT48LT:
            strict = left = true;
            break;
        case F_FLOAT48LE:
            left = true;
            break;
        case F_FLOAT48GT:
            strict = swap = left = true;
            break;
        case F_FLOAT48GE:
            swap = left = true;
            break;
        default:
            return false;
    }
    auto* first = static_cast<Node*>(linitial(op->args));
    auto* second = static_cast<Node*>(lsecond(op->args));
    *result = swap ? Comparison{second, first, strict, right, left}
                   : Comparison{first, second, strict, left, right};
    return true;
}

Expr* number(double value) {
    return reinterpret_cast<Expr*>(makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8),
                                             Float8GetDatum(value), false, FLOAT8PASSBYVAL));
}

// vectidx_distance_bound(), in the schema of the operator that it serves.
Oid bound_function(Oid within_operator) {
    HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(within_operator));
    if (!HeapTupleIsValid(tuple)) return InvalidOid;
    const Oid schema = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple))->oprnamespace;
    ReleaseSysCache(tuple);
    Oid types[] = {FLOAT8OID, FLOAT8OID, FLOAT8OID};
    return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
                           CStringGetDatum("vectidx_distance_bound"),
                           PointerGetDatum(buildoidvector(types, 3)), ObjectIdGetDatum(schema));
}

// The largest distance that satisfies the comparison with `value`; nullptr: not known.
Expr* largest_distance(const IndexDistance& target, const LinearDistance& term, Node* value,
                       bool single) {
    if (single)
        value = reinterpret_cast<Node*>(makeFuncExpr(F_FLOAT8_FLOAT4, FLOAT8OID, list_make1(value),
                                                     InvalidOid, InvalidOid, COERCE_IMPLICIT_CAST));
    if (term.scale == 1.0 && term.magnitude == 0.0) return reinterpret_cast<Expr*>(value);
    const Oid function = bound_function(target.within_operator);
    if (!OidIsValid(function)) return nullptr;
    List* arguments = list_make3(value, number(term.scale), number(term.offset));
    return reinterpret_cast<Expr*>(
        makeFuncExpr(function, FLOAT8OID, arguments, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
}

// column @<-> ROW(query, distance)
RestrictInfo* within_clause(const IndexDistance& target, OpExpr* distance, Node* query,
                            Expr* most) {
    auto* row = makeNode(RowExpr);
    row->args = list_make2(query, most);
    row->row_typeid = RECORDOID;
    row->row_format = COERCE_EXPLICIT_CALL;
    row->colnames = list_make2(makeString(pstrdup("f1")), makeString(pstrdup("f2")));
    row->location = -1;
    Node* column = column_of(target, distance);
    Expr* clause =
        make_opclause(target.within_operator, BOOLOID, false, reinterpret_cast<Expr*>(column),
                      reinterpret_cast<Expr*>(row), InvalidOid, InvalidOid);
    set_opfuncid(reinterpret_cast<OpExpr*>(clause));
    return make_simple_restrictinfo(target.root, clause);
}

// Under cosine a zero vector is not in the index. Its distance is NaN, greater than all numbers:
// `distance < r` never finds it, `1 - distance > s` always does.
bool all_in_index(const LinearDistance& term, bool strict, Node* value) {
    if (term.scale < 0.0) return false;
    if (strict) return true;
    if (!IsA(value, Const)) return false;
    const auto* constant = reinterpret_cast<Const*>(value);
    return constant->constisnull || constant->consttype != FLOAT8OID ||
           !std::isnan(DatumGetFloat8(constant->constvalue));
}

bool is_cosine(const IndexDistance& target) {
    Relation index = index_open(target.index->indexoid, NoLock);
    const bool result = indexed_type(index).metric == Metric::Cosine;
    index_close(index, NoLock);
    return result;
}

// Returns false where the clause bounds no distance of the index's column.
bool bound_of(const IndexDistance& target, RestrictInfo* info, Bound* bound) {
    Comparison comparison;
    if (info->pseudoconstant || !IsA(info->clause, OpExpr) ||
        !restriction_is_securely_promotable(info, target.index->rel) ||
        !comparison_of(reinterpret_cast<OpExpr*>(info->clause), &comparison))
        return false;
    LinearDistance term;
    Node* value = comparison.greater;
    bool single = comparison.greater_single;
    bool found = match_index_distance(target, comparison.less, &term) && term.scale > 0.0;
    if (!found) {
        value = comparison.less;
        single = comparison.less_single;
        found = match_index_distance(target, comparison.greater, &term) && term.scale < 0.0;
    }
    // Where additions cancel, rounding may hide any distance.
    if (!found || !fixed_for_scan(target, value) || term.magnitude > 2.0 * std::fabs(term.offset))
        return false;
    Expr* most = largest_distance(target, term, value, single);
    if (most == nullptr) return false;
    bound->query = query_of(target, term.distance);
    // Not the row as a whole: a constant of type record is of this session only.
    most =
        reinterpret_cast<Expr*>(eval_const_expressions(target.root, reinterpret_cast<Node*>(most)));
    RestrictInfo* derived = within_clause(target, term.distance, bound->query, most);
    bound->alone = all_in_index(term, comparison.strict, value) || !is_cosine(target);
    bound->clause = makeNode(IndexClause);
    bound->clause->rinfo = info;
    bound->clause->indexquals = list_make1(derived);
    bound->clause->lossy = true;
    bound->clause->indexcol = 0;
    return true;
}

// The value by which a path orders the rows.
Node* order_of(const IndexPath* path) {
    auto* op = static_cast<Node*>(linitial(path->indexorderbys));
    return IsA(op, OpExpr) ? static_cast<Node*>(lsecond(reinterpret_cast<OpExpr*>(op)->args))
                           : nullptr;
}

// Gives the bounds to scans that are in order. The rest are ways to read the table by themselves.
void add_to_paths(const IndexDistance& target, List* bounds) {
    RelOptInfo* table = target.index->rel;
    bool ordered = false;
    ListCell *path_cell, *bound_cell;
    foreach (path_cell, table->pathlist) {
        if (!IsA(lfirst(path_cell), IndexPath)) continue;
        auto* path = static_cast<IndexPath*>(lfirst(path_cell));
        if (path->indexinfo != target.index || list_length(path->indexorderbys) != 1) continue;
        const int before = list_length(path->indexclauses);
        List* clauses = list_copy(path->indexclauses);
        foreach (bound_cell, bounds) {
            const auto* bound = static_cast<Bound*>(lfirst(bound_cell));
            if (equal(bound->query, order_of(path))) clauses = lappend(clauses, bound->clause);
        }
        if (list_length(clauses) == before) continue;
        path->indexclauses = clauses;
        cost_index(path, target.root, 1.0, false);
        ordered = true;
    }
    if (ordered) return;
    foreach (bound_cell, bounds) {
        const auto* bound = static_cast<Bound*>(lfirst(bound_cell));
        if (!bound->alone) continue;
        add_path(table, reinterpret_cast<Path*>(create_index_path(
                            target.root, target.index, list_make1(bound->clause), NIL, NIL, NIL,
                            ForwardScanDirection, false, table->lateral_relids, 1.0, false)));
    }
}

void look_at_index(PlannerInfo* root, IndexOptInfo* index) {
    IndexDistance target;
    if (!find_index_distance(root, index, &target)) return;
    add_ordered_path(target);
    if (!OidIsValid(target.within_operator)) return;
    List* bounds = NIL;
    ListCell* cell;
    foreach (cell, index->indrestrictinfo) {
        Bound bound;
        if (!bound_of(target, lfirst_node(RestrictInfo, cell), &bound)) continue;
        auto* kept = static_cast<Bound*>(palloc(sizeof(Bound)));
        *kept = bound;
        bounds = lappend(bounds, kept);
    }
    if (bounds != NIL) add_to_paths(target, bounds);
}

extern "C" void add_bounded_paths(PlannerInfo* root, RelOptInfo* table, Index index,
                                  RangeTblEntry* entry) {
    if (g_next_hook != nullptr) g_next_hook(root, table, index, entry);
    // Not the indexes of a partitioned table: those of its partitions come by themselves.
    if (entry->rtekind != RTE_RELATION || entry->relkind == RELKIND_PARTITIONED_TABLE) return;
    ListCell* cell;
    foreach (cell, table->indexlist)
        look_at_index(root, lfirst_node(IndexOptInfo, cell));
}

}  // namespace

void hand_bounds_to_scans() {
    g_next_hook = set_rel_pathlist_hook;
    set_rel_pathlist_hook = add_bounded_paths;
}

}  // namespace vectidx
