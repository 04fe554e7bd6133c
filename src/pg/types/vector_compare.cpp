// The total order of vectors: element by element, then by length, as PostgreSQL orders arrays.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/vector.hpp"

namespace vectidx {

namespace {

int compare(const Vector* a, const Vector* b) {
    const int shared = std::min(a->dim, b->dim);
    for (int i = 0; i < shared; ++i) {
        if (a->x[i] == b->x[i]) continue;
        // Like the order of real, this one puts NaN somewhere, should a damaged page hold one.
        if (const int order = float4_cmp_internal(a->x[i], b->x[i]); order != 0) return order;
    }
    return (a->dim > b->dim) - (a->dim < b->dim);
}

// -1, 0 or 1 for the first two arguments.
int compare_args(FunctionCallInfo fcinfo) {
    const Vector* a = vector_arg(fcinfo, 0);
    const Vector* b = vector_arg(fcinfo, 1);
    const int order = compare(a, b);
    release_vector_arg(fcinfo, 0, a);
    release_vector_arg(fcinfo, 1, b);
    return order;
}

}  // namespace

// vector_cmp(vector, vector) -> integer, for btree
VECTIDX_FUNCTION(vectidx_vector_cmp) {
    PG_RETURN_INT32(compare_args(fcinfo));
}

// vector_{lt,le,eq,ne,ge,gt}(vector, vector) -> boolean; operators < <= = <> >= >
VECTIDX_FUNCTION(vectidx_vector_lt) {
    PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

VECTIDX_FUNCTION(vectidx_vector_le) {
    PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

VECTIDX_FUNCTION(vectidx_vector_eq) {
    PG_RETURN_BOOL(compare_args(fcinfo) == 0);
}

VECTIDX_FUNCTION(vectidx_vector_ne) {
    PG_RETURN_BOOL(compare_args(fcinfo) != 0);
}

VECTIDX_FUNCTION(vectidx_vector_ge) {
    PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

VECTIDX_FUNCTION(vectidx_vector_gt) {
    PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

}  // namespace vectidx
