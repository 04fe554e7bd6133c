// Vectors from vectors, and what else is read off one: dimensions, sign bits.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/vector.hpp"

namespace vectidx {

namespace {

// Op is one of PostgreSQL's float4_pl and float4_mi, which raise numeric_value_out_of_range on
// overflow, or multiply() below.
template <float4 (*Op)(float4, float4)>
Datum elementwise(FunctionCallInfo fcinfo) {
    const auto [a, b, dim] = vector_pair_args(fcinfo);
    Vector* result = new_vector(dim);
    for (int i = 0; i < dim; ++i)
        result->x[i] = Op(a->x[i], b->x[i]);
    PG_RETURN_POINTER(result);
}

// float4_mul refuses underflow, too, with three more comparisons: only what is not a normal number
// has to pay for them.
float4 multiply(float4 a, float4 b) {
    const float4 product = a * b;
    return std::isnormal(product) ? product : float4_mul(a, b);
}

}  // namespace

// vector_add(vector, vector) -> vector; operator +
VECTIDX_FUNCTION(vectidx_vector_add) {
    return elementwise<float4_pl>(fcinfo);
}

// vector_sub(vector, vector) -> vector; operator -
VECTIDX_FUNCTION(vectidx_vector_sub) {
    return elementwise<float4_mi>(fcinfo);
}

// vector_mul(vector, vector) -> vector; operator *
VECTIDX_FUNCTION(vectidx_vector_mul) {
    return elementwise<multiply>(fcinfo);
}

// vector_concat(vector, vector) -> vector; operator ||
VECTIDX_FUNCTION(vectidx_vector_concat) {
    const Vector* a = vector_arg(fcinfo, 0);
    const Vector* b = vector_arg(fcinfo, 1);
    const int dim = a->dim + b->dim;
    check_dim(dim);
    Vector* result = new_vector(dim);
    std::copy_n(b->x, b->dim, std::copy_n(a->x, a->dim, result->x));
    PG_RETURN_POINTER(result);
}

// l2_normalize(vector) -> vector of norm 1; the zero vector stays as it is.
VECTIDX_FUNCTION(vectidx_l2_normalize) {
    const Vector* vector = vector_arg(fcinfo, 0);
    const double norm = vector_norm(vector);
    const double scale = norm > 0 ? 1 / norm : 0;
    Vector* result = new_vector(vector->dim);
    for (int i = 0; i < vector->dim; ++i)
        result->x[i] = static_cast<float>(vector->x[i] * scale);
    PG_RETURN_POINTER(result);
}

// subvector(vector, start, count) -> vector: elements start .. start + count - 1, as substring()
// counts them: from 1, and what lies outside the vector is left out.
VECTIDX_FUNCTION(vectidx_subvector) {
    const Vector* vector = vector_arg(fcinfo, 0);
    const int64 start = PG_GETARG_INT32(1);
    const int64 count = PG_GETARG_INT32(2);
    const int64 first = std::max<int64>(start, 1);
    const int64 last = std::min<int64>(start + count - 1, vector->dim);
    const int dim = static_cast<int>(std::max<int64>(last - first + 1, 0));
    check_dim(dim);
    Vector* result = new_vector(dim);
    std::copy_n(vector->x + (first - 1), dim, result->x);
    PG_RETURN_POINTER(result);
}

// binary_quantize(vector) -> bit: bit i, from the left, says whether element i is positive.
VECTIDX_FUNCTION(vectidx_binary_quantize) {
    const Vector* vector = vector_arg(fcinfo, 0);
    const int dim = vector->dim;
    auto* result = static_cast<VarBit*>(palloc(VARBITTOTALLEN(dim)));
    SET_VARSIZE(result, VARBITTOTALLEN(dim));
    VARBITLEN(result) = dim;
    for (int start = 0; start < dim; start += BITS_PER_BYTE) {
        const int end = std::min(start + BITS_PER_BYTE, dim);
        int byte = 0;
        for (int i = start; i < end; ++i)
            byte = byte << 1 | (vector->x[i] > 0);
        byte <<= start + BITS_PER_BYTE - end;
        VARBITS(result)[start / BITS_PER_BYTE] = static_cast<bits8>(byte);
    }
    PG_RETURN_VARBIT_P(result);
}

// vector_dims(vector) -> integer
VECTIDX_FUNCTION(vectidx_vector_dims) {
    PG_RETURN_INT32(vector_dim(PG_GETARG_DATUM(0)));
}

}  // namespace vectidx
