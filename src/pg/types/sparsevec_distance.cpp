// Distances between sparse vectors, the norm, and what has norm 1.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/checks.hpp"
#include "pg/types/sparsevec.hpp"

namespace vectidx {

namespace {

// A sum over the first two arguments, which must have the same number of dimensions.
template <double (*Sum)(const SparseFloats&, const SparseFloats&)>
double sum_over_args(FunctionCallInfo fcinfo) {
    const SparseVector* a = sparse_arg(fcinfo, 0);
    const SparseVector* b = sparse_arg(fcinfo, 1);
    check_same_dim(a->dim, b->dim, kSparseName);
    return Sum(a->view(), b->view());
}

// 1 - the cosine of the angle, 0 to 2; NaN when one of the two is the zero vector.
double cosine_distance(const SparseFloats& a, const SparseFloats& b) {
    const double cosine = sparse_dot(a, b) / std::sqrt(sparse_norm2(a) * sparse_norm2(b));
    return 1.0 - std::clamp(cosine, -1.0, 1.0);  // NaN stays NaN
}

double norm_of(const SparseVector* vector) {
    return std::sqrt(sparse_norm2(vector->view()));
}

}  // namespace

// l2_distance(sparsevec, sparsevec) -> float8; operator <->
VECTIDX_FUNCTION(vectidx_sparsevec_l2_distance) {
    PG_RETURN_FLOAT8(std::sqrt(sum_over_args<sparse_l2_squared>(fcinfo)));
}

// sparsevec_l2_squared_distance(sparsevec, sparsevec) -> float8
VECTIDX_FUNCTION(vectidx_sparsevec_l2_squared_distance) {
    PG_RETURN_FLOAT8(sum_over_args<sparse_l2_squared>(fcinfo));
}

// inner_product(sparsevec, sparsevec) -> float8
VECTIDX_FUNCTION(vectidx_sparsevec_inner_product) {
    PG_RETURN_FLOAT8(sum_over_args<sparse_dot>(fcinfo));
}

// sparsevec_negative_inner_product(sparsevec, sparsevec) -> float8; operator <#>
VECTIDX_FUNCTION(vectidx_sparsevec_negative_inner_product) {
    PG_RETURN_FLOAT8(-sum_over_args<sparse_dot>(fcinfo));
}

// cosine_distance(sparsevec, sparsevec) -> float8; operator <=>
VECTIDX_FUNCTION(vectidx_sparsevec_cosine_distance) {
    PG_RETURN_FLOAT8(sum_over_args<cosine_distance>(fcinfo));
}

// l1_distance(sparsevec, sparsevec) -> float8; operator <+>
VECTIDX_FUNCTION(vectidx_sparsevec_l1_distance) {
    PG_RETURN_FLOAT8(sum_over_args<sparse_l1>(fcinfo));
}

// l2_norm(sparsevec) -> float8
VECTIDX_FUNCTION(vectidx_sparsevec_l2_norm) {
    PG_RETURN_FLOAT8(norm_of(sparse_arg(fcinfo, 0)));
}

// l2_normalize(sparsevec) -> sparsevec of norm 1; the zero vector stays as it is. What underflows
// is left out.
VECTIDX_FUNCTION(vectidx_sparsevec_l2_normalize) {
    const SparseVector* vector = sparse_arg(fcinfo, 0);
    const double norm = norm_of(vector);
    const auto scaled = [&](int i) { return static_cast<float>(vector->values()[i] / norm); };
    int count = 0;
    for (int i = 0; i < vector->count; ++i)
        count += scaled(i) != 0;

    SparseVector* result = new_sparse(vector->dim, count);
    for (int i = 0, j = 0; i < vector->count; ++i) {
        if (scaled(i) == 0) continue;
        result->indices[j] = vector->indices[i];
        result->values()[j++] = scaled(i);
    }
    PG_RETURN_POINTER(result);
}

}  // namespace vectidx
