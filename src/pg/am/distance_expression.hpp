// Expressions that are a simple function of a distance, as queries have them: 1 - (e <=> q).
#pragma once

#include "pg/postgres.hpp"

#include "core/base/function_ref.hpp"

namespace vectidx {

// The expression's value is scale * distance + offset, up to rounding. scale is not 0.
struct LinearDistance {
    OpExpr* distance;
    double scale;
    double offset;
    double magnitude;  // of what was added on the way, which rounding may lose a share of
};

// Whether a node is the distance that is looked for.
using IsDistance = FunctionRef<bool(OpExpr* node)>;

// Looks for a distance behind additions, subtractions, products and quotients of constants, and
// changes of the sign. Returns false when the expression is something else.
bool match_linear_distance(Node* expression, IsDistance is_distance, LinearDistance* result);

}  // namespace vectidx
