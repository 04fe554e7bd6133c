// Vectors from vectors, and what else is read off one: dimensions, sign bits.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

// Stores x[dim], where no element is too large for the vector.
// ERROR numeric_value_out_of_range when one is. Floats were checked before, so it is a half.
template <class T>
Datum stored(const float* x, T* vector) {
    if (!store(x, vector))
        ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                errmsg("value out of range: overflow"),
                errdetail("\"%s\" is out of range for type %s.", text_of_overflow(x, vector->dim),
                          kTypeName<T>));
    PG_RETURN_POINTER(vector);
}

// Op is one of PostgreSQL's float4_pl and float4_mi, which raise numeric_value_out_of_range on
// overflow, or multiply() below.
template <class T, float4 (*Op)(float4, float4)>
Datum elementwise(FunctionCallInfo fcinfo) {
    const auto [a, b, dim] = dense_pair_args<T>(fcinfo);
    const float* x = floats_of(a);
    const float* y = floats_of(b);
    T* result = new_dense<T>(dim);
    float* z = float_room(result);
    for (int i = 0; i < dim; ++i)
        z[i] = Op(x[i], y[i]);
    return stored(z, result);
}

// float4_mul refuses underflow, too, with three more comparisons: only what is not a normal number
// has to pay for them.
float4 multiply(float4 a, float4 b) {
    const float4 product = a * b;
    return std::isnormal(product) ? product : float4_mul(a, b);
}

// A product of halves underflows theirs, not that of floats: below half of the least denormal.
float4 multiply_halves(float4 a, float4 b) {
    const float4 product = a * b;
    if (std::fabs(product) <= 0x1p-25f && product != 0)
        ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                errmsg("value out of range: underflow"),
                errdetail("The product is too small for type halfvec."));
    return product;
}

template <class T>
Datum concat(FunctionCallInfo fcinfo) {
    const T* a = dense_arg<T>(fcinfo, 0);
    const T* b = dense_arg<T>(fcinfo, 1);
    const int dim = a->dim + b->dim;
    check_dense_dim<T>(dim);
    T* result = new_dense<T>(dim);
    std::copy_n(b->x, b->dim, std::copy_n(a->x, a->dim, result->x));
    PG_RETURN_POINTER(result);
}

template <class T>
Datum l2_normalize(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);
    const int dim = vector->dim;
    const float* x = floats_of(vector);
    const double norm = norm_of(x, dim);
    const double scale = norm > 0 ? 1 / norm : 0;
    T* result = new_dense<T>(dim);
    float* z = float_room(result);
    for (int i = 0; i < dim; ++i)
        z[i] = static_cast<float>(x[i] * scale);
    return stored(z, result);
}

template <class T>
Datum subvector(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);
    const int64 start = PG_GETARG_INT32(1);
    const int64 count = PG_GETARG_INT32(2);
    const int64 first = std::max<int64>(start, 1);
    const int64 last = std::min<int64>(start + count - 1, vector->dim);
    const int dim = static_cast<int>(std::max<int64>(last - first + 1, 0));
    check_dense_dim<T>(dim);
    T* result = new_dense<T>(dim);
    std::copy_n(vector->x + (first - 1), dim, result->x);
    PG_RETURN_POINTER(result);
}

template <class T>
Datum binary_quantize(FunctionCallInfo fcinfo) {
    const T* vector = dense_arg<T>(fcinfo, 0);
    const int dim = vector->dim;
    const float* x = floats_of(vector);
    auto* result = static_cast<VarBit*>(palloc(VARBITTOTALLEN(dim)));
    SET_VARSIZE(result, VARBITTOTALLEN(dim));
    VARBITLEN(result) = dim;
    for (int start = 0; start < dim; start += BITS_PER_BYTE) {
        const int end = std::min(start + BITS_PER_BYTE, dim);
        int byte = 0;
        for (int i = start; i < end; ++i)
            byte = byte << 1 | (x[i] > 0);
        byte <<= start + BITS_PER_BYTE - end;
        VARBITS(result)[start / BITS_PER_BYTE] = static_cast<bits8>(byte);
    }
    PG_RETURN_VARBIT_P(result);
}

}  // namespace

// T_add(T, T) -> T; operator +; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_add, vectidx_halfvec_add, elementwise<T, float4_pl>(fcinfo))

// T_sub(T, T) -> T; operator -
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_sub, vectidx_halfvec_sub, elementwise<T, float4_mi>(fcinfo))

// T_mul(T, T) -> T; operator *
VECTIDX_FUNCTION(vectidx_vector_mul) {
    return elementwise<Vector, multiply>(fcinfo);
}

VECTIDX_FUNCTION(vectidx_halfvec_mul) {
    return elementwise<HalfVector, multiply_halves>(fcinfo);
}

// T_concat(T, T) -> T; operator ||
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_concat, vectidx_halfvec_concat, concat<T>(fcinfo))

// l2_normalize(T) -> T of norm 1; the zero vector stays as it is.
VECTIDX_DENSE_FUNCTIONS(vectidx_l2_normalize, vectidx_halfvec_l2_normalize, l2_normalize<T>(fcinfo))

// subvector(T, start, count) -> T: elements start .. start + count - 1, as substring() counts
// them: from 1, and what lies outside the vector is left out.
VECTIDX_DENSE_FUNCTIONS(vectidx_subvector, vectidx_halfvec_subvector, subvector<T>(fcinfo))

// binary_quantize(T) -> bit: bit i, from the left, says whether element i is positive.
VECTIDX_DENSE_FUNCTIONS(vectidx_binary_quantize, vectidx_halfvec_binary_quantize,
                        binary_quantize<T>(fcinfo))

// vector_dims(T) -> integer
VECTIDX_FUNCTION(vectidx_vector_dims) {
    PG_RETURN_INT32(dense_dim(PG_GETARG_DATUM(0)));
}

}  // namespace vectidx
