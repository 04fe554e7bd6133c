#include "pg/am/index_distance.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/scan_bound.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

bool on_column(const IndexDistance& target, Node* node) {
    return match_index_to_operand(node, 0, target.index);
}

}  // namespace

bool find_index_distance(PlannerInfo* root, IndexOptInfo* index, IndexDistance* result) {
    // PostgreSQL declares the field with its parameters from 18 on.
    if (reinterpret_cast<void*>(index->amcostestimate) !=
        reinterpret_cast<void*>(vectidx_cost_estimate))
        return false;
    if (index->indpred != NIL && !index->predOK) return false;
    const Oid family = index->opfamily[0], type = index->opcintype[0];
    *result = {root, index, get_opfamily_member(family, type, type, kDistanceStrategy),
               get_opfamily_member(family, type, RECORDOID, kWithinStrategy),
               OidIsValid(get_element_type(type))};
    return OidIsValid(result->distance_operator);
}

bool fixed_for_scan(const IndexDistance& target, Node* node) {
    return bms_is_empty(pull_varnos(target.root, node)) && !contain_volatile_functions(node);
}

Node* query_of(const IndexDistance& target, OpExpr* op) {
    if (op->opno != target.distance_operator) return nullptr;
    auto* first = static_cast<Node*>(linitial(op->args));
    auto* second = static_cast<Node*>(lsecond(op->args));
    if (on_column(target, first)) return fixed_for_scan(target, second) ? second : nullptr;
    if (!target.arrays && on_column(target, second))
        return fixed_for_scan(target, first) ? first : nullptr;
    return nullptr;
}

Node* column_of(const IndexDistance& target, OpExpr* op) {
    auto* first = static_cast<Node*>(linitial(op->args));
    return on_column(target, first) ? first : static_cast<Node*>(lsecond(op->args));
}

bool match_index_distance(const IndexDistance& target, Node* node, LinearDistance* result) {
    const auto is_distance = [&](OpExpr* op) { return query_of(target, op) != nullptr; };
    if (!match_linear_distance(node, is_distance, result)) return false;
    // "+ 0" and the like is how a query says that it wants no index: PostgreSQL's own usage.
    return result->scale < 0.0 || reinterpret_cast<Node*>(result->distance) == node;
}

}  // namespace vectidx
