// The total order of vectors: element by element, then by length, as PostgreSQL orders arrays.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

template <class T>
int compare(const T* a, const T* b) {
    const int shared = std::min(a->dim, b->dim);
    for (int i = 0; i < shared; ++i) {
        const float x = to_float(a->x[i]), y = to_float(b->x[i]);
        if (x == y) continue;
        // Like the order of real, this one puts NaN somewhere, should a damaged page hold one.
        if (const int order = float4_cmp_internal(x, y); order != 0) return order;
    }
    return (a->dim > b->dim) - (a->dim < b->dim);
}

// -1, 0 or 1 for the first two arguments.
template <class T>
int compare_args(FunctionCallInfo fcinfo) {
    const T* a = dense_arg<T>(fcinfo, 0);
    const T* b = dense_arg<T>(fcinfo, 1);
    const int order = compare(a, b);
    release_arg(fcinfo, 0, a);
    release_arg(fcinfo, 1, b);
    return order;
}

}  // namespace

// T_cmp(T, T) -> integer, for btree; T is vector or halfvec.
VECTIDX_FUNCTION(vectidx_vector_cmp) {
    PG_RETURN_INT32(compare_args<Vector>(fcinfo));
}

VECTIDX_FUNCTION(vectidx_halfvec_cmp) {
    PG_RETURN_INT32(compare_args<HalfVector>(fcinfo));
}

// T_{lt,le,eq,ne,ge,gt}(T, T) -> boolean; operators < <= = <> >= >
VECTIDX_FUNCTION(vectidx_vector_lt) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) < 0);
}

VECTIDX_FUNCTION(vectidx_vector_le) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) <= 0);
}

VECTIDX_FUNCTION(vectidx_vector_eq) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) == 0);
}

VECTIDX_FUNCTION(vectidx_vector_ne) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) != 0);
}

VECTIDX_FUNCTION(vectidx_vector_ge) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) >= 0);
}

VECTIDX_FUNCTION(vectidx_vector_gt) {
    PG_RETURN_BOOL(compare_args<Vector>(fcinfo) > 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_lt) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) < 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_le) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) <= 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_eq) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) == 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_ne) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) != 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_ge) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) >= 0);
}

VECTIDX_FUNCTION(vectidx_halfvec_gt) {
    PG_RETURN_BOOL(compare_args<HalfVector>(fcinfo) > 0);
}

}  // namespace vectidx
