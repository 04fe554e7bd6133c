// The total order of sparse vectors: that of the dense vectors that they stand for.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/checks.hpp"
#include "pg/types/order_functions.hpp"
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

VECTIDX_ORDER_FUNCTIONS(sparsevec, compare_args)

}  // namespace vectidx
