// The total order of sparse vectors: that of the dense vectors that they stand for.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/checks.hpp"
#include "pg/types/sparsevec.hpp"

namespace vectidx {

namespace {

// The order of two different numbers, -1 or 1.
int order_of(float x, float y) {
    return x < y ? -1 : 1;
}

int compare(const SparseVector* a, const SparseVector* b) {
    const int32 shared = std::min(a->dim, b->dim);
    const float* x = a->values();
    const float* y = b->values();
    for (int i = 0;; ++i) {
        // The next element of each, or the first that only the longer vector can have.
        const int32 at = i < a->count ? std::min(a->indices[i], shared) : shared;
        const int32 bt = i < b->count ? std::min(b->indices[i], shared) : shared;
        if (at < bt) return order_of(x[i], 0);
        if (at > bt) return order_of(0, y[i]);
        if (at == shared) return (a->dim > b->dim) - (a->dim < b->dim);
        if (x[i] != y[i]) return order_of(x[i], y[i]);
    }
}

// -1, 0 or 1 for the first two arguments.
int compare_args(FunctionCallInfo fcinfo) {
    const SparseVector* a = sparse_arg(fcinfo, 0);
    const SparseVector* b = sparse_arg(fcinfo, 1);
    const int order = compare(a, b);
    release_arg(fcinfo, 0, a);
    release_arg(fcinfo, 1, b);
    return order;
}

}  // namespace

// sparsevec_cmp(sparsevec, sparsevec) -> integer, for btree
VECTIDX_FUNCTION(vectidx_sparsevec_cmp) {
    PG_RETURN_INT32(compare_args(fcinfo));
}

// sparsevec_{lt,le,eq,ne,ge,gt}(sparsevec, sparsevec) -> boolean; operators < <= = <> >= >
VECTIDX_FUNCTION(vectidx_sparsevec_lt) {
    PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

VECTIDX_FUNCTION(vectidx_sparsevec_le) {
    PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

VECTIDX_FUNCTION(vectidx_sparsevec_eq) {
    PG_RETURN_BOOL(compare_args(fcinfo) == 0);
}

VECTIDX_FUNCTION(vectidx_sparsevec_ne) {
    PG_RETURN_BOOL(compare_args(fcinfo) != 0);
}

VECTIDX_FUNCTION(vectidx_sparsevec_ge) {
    PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

VECTIDX_FUNCTION(vectidx_sparsevec_gt) {
    PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

}  // namespace vectidx
