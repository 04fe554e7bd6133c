// Casts of sparsevec: to and from the dense types, from SQL arrays, and the length coercion.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/array_elements.hpp"
#include "pg/types/dense_vector.hpp"
#include "pg/types/sparsevec.hpp"

namespace vectidx {

namespace {

// Argument 1 of every cast function is the type modifier of the result, or -1.
template <class T>
Datum from_dense(FunctionCallInfo fcinfo) {
    const T* dense = dense_arg<T>(fcinfo, 0);
    check_expected_dim(PG_GETARG_INT32(1), dense->dim);
    PG_RETURN_POINTER(sparse_from_floats(floats_of(dense), dense->dim));
}

template <class T>
Datum to_dense(FunctionCallInfo fcinfo) {
    const SparseVector* sparse = sparse_arg(fcinfo, 0);
    const int dim = sparse->dim;
    check_dense_dim<T>(dim);
    check_expected_dim(PG_GETARG_INT32(1), dim);
    check_indices(sparse->indices, sparse->count, dim);  // a damaged page must not write elsewhere

    T* dense = new_dense<T>(dim);
    float* x = float_room(dense);
    std::fill_n(x, dim, 0.0f);
    for (int i = 0; i < sparse->count; ++i)
        x[sparse->indices[i]] = sparse->values()[i];
    store_or_report(x, dense);
    PG_RETURN_POINTER(dense);
}

}  // namespace

// sparsevec(sparsevec, integer, boolean) -> sparsevec: the length coercion of sparsevec(n).
VECTIDX_FUNCTION(vectidx_sparsevec) {
    check_expected_dim(PG_GETARG_INT32(1), sparse_dim(PG_GETARG_DATUM(0)));
    return PG_GETARG_DATUM(0);
}

// T_to_sparsevec(T, integer, boolean) -> sparsevec; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_to_sparsevec, vectidx_halfvec_to_sparsevec,
                        from_dense<T>(fcinfo))

// sparsevec_to_T(sparsevec, integer, boolean) -> T
VECTIDX_DENSE_FUNCTIONS(vectidx_sparsevec_to_vector, vectidx_sparsevec_to_halfvec,
                        to_dense<T>(fcinfo))

// array_to_sparsevec({integer,real,double precision,numeric}[], integer, boolean) -> sparsevec
VECTIDX_FUNCTION(vectidx_array_to_sparsevec) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
    const int dim = array_length(array);
    check_dim(dim, kSparseMaxDim, kSparseName);
    check_expected_dim(PG_GETARG_INT32(1), dim);
    auto* x = static_cast<float*>(palloc(sizeof(float) * static_cast<Size>(dim)));
    copy_array_elements(array, dim, kSparseName, x);
    check_finite(x, dim, kSparseName);
    PG_RETURN_POINTER(sparse_from_floats(x, dim));
}

}  // namespace vectidx
