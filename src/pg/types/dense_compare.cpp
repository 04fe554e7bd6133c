// The total order of vectors: element by element, then by length, as PostgreSQL orders arrays.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/dense_vector.hpp"
#include "pg/types/order_functions.hpp"

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

VECTIDX_ORDER_FUNCTIONS(vector, compare_args<Vector>)
VECTIDX_ORDER_FUNCTIONS(halfvec, compare_args<HalfVector>)

}  // namespace vectidx
