// Casts of vector and halfvec: between the two, to and from SQL arrays, and the length coercions.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/types/array_elements.hpp"
#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

// Argument 1 of every cast function is the type modifier of the result, or -1.
template <class T>
T* new_result(FunctionCallInfo fcinfo, int dim) {
    check_dense_dim<T>(dim);
    check_expected_dim(PG_GETARG_INT32(1), dim);
    return new_dense<T>(dim);
}

template <class T>
Datum from_array(FunctionCallInfo fcinfo) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
    const int dim = array_length(array);
    T* vector = new_result<T>(fcinfo, dim);
    float* x = float_room(vector);
    copy_array_elements(array, dim, kTypeName<T>, x);
    check_finite(x, dim, kTypeName<T>);
    store_or_report(x, vector);
    PG_RETURN_POINTER(vector);
}

template <class T>
Datum to_real_array(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);
    ArrayType* array = new_flat_array<float4>(FLOAT4OID, vector->dim);
    std::copy_n(floats_of(vector), vector->dim, flat_elements<float4>(array));
    PG_RETURN_ARRAYTYPE_P(array);
}

template <class From, class To>
Datum convert(FunctionCallInfo fcinfo) {
    const From* from = dense_arg<From>(fcinfo, 0);
    To* to = new_result<To>(fcinfo, from->dim);
    store_or_report(floats_of(from), to);
    PG_RETURN_POINTER(to);
}

// The vector itself, if it has the dimensions of the type modifier.
Datum coerce_length(FunctionCallInfo fcinfo) {
    check_expected_dim(PG_GETARG_INT32(1), dense_dim(PG_GETARG_DATUM(0)));
    return PG_GETARG_DATUM(0);
}

}  // namespace

// T(T, integer, boolean) -> T: the length coercion of T(n); T is vector or halfvec.
VECTIDX_FUNCTION(vectidx_vector) {
    return coerce_length(fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec) {
    return coerce_length(fcinfo);
}

// array_to_T({integer,real,double precision,numeric}[], integer, boolean) -> T
VECTIDX_DENSE_FUNCTIONS(vectidx_array_to_vector, vectidx_array_to_halfvec, from_array<T>(fcinfo))

// T_to_float4(T, integer, boolean) -> real[]
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_to_float4, vectidx_halfvec_to_float4,
                        to_real_array<T>(fcinfo))

// vector_to_halfvec(vector, integer, boolean) -> halfvec
VECTIDX_FUNCTION(vectidx_vector_to_halfvec) {
    return convert<Vector, HalfVector>(fcinfo);
}

// halfvec_to_vector(halfvec, integer, boolean) -> vector
VECTIDX_FUNCTION(vectidx_halfvec_to_vector) {
    return convert<HalfVector, Vector>(fcinfo);
}

}  // namespace vectidx
