// The distances of one index in the planner: where a query's expressions have them.
#pragma once

#include "pg/postgres.hpp"

#include "pg/am/distance_expression.hpp"

namespace vectidx {

struct IndexDistance {
    PlannerInfo* root;
    IndexOptInfo* index;
    Oid distance_operator;
    Oid within_operator;  // InvalidOid for arrays, and until ALTER EXTENSION UPDATE
    bool arrays;          // of vectors: the column is on the left of the operator
};

// Returns false when the index is none of ours, or cannot serve the query.
bool find_index_distance(PlannerInfo* root, IndexOptInfo* index, IndexDistance* result);

// Known before the scan begins, and the same for all rows.
bool fixed_for_scan(const IndexDistance& target, Node* node);

// The value whose distance from the indexed column `op` gives, or nullptr.
Node* query_of(const IndexDistance& target, OpExpr* op);

// The column's side of a distance for which query_of() found a value.
Node* column_of(const IndexDistance& target, OpExpr* op);

// As match_linear_distance(), for distances of the index.
bool match_index_distance(const IndexDistance& target, Node* node, LinearDistance* result);

}  // namespace vectidx
