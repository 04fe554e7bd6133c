// Casts between vector and SQL arrays.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/flat_array.hpp"
#include "pg/types/vector.hpp"

namespace vectidx {

namespace {

// A finite double that single precision cannot hold is refused; one too small becomes zero.
float narrow(double value) {
    const float result = static_cast<float>(value);
    if (std::isinf(result) && !std::isinf(value)) float_overflow_error();
    return result;
}

float int4_to_float4(int32 value) {
    return static_cast<float>(value);
}

// Raises numeric_value_out_of_range for what real cannot hold.
float numeric_to_float4(Datum value) {
    return DatumGetFloat4(DirectFunctionCall1(numeric_float4, value));
}

void copy_numerics(ArrayType* array, float* x) {
    Datum* values;
    int n;
    deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values, nullptr, &n);
    std::transform(values, values + n, x, numeric_to_float4);
    pfree(values);
}

// Copies the n elements of an array without nulls to x.
void copy_elements(ArrayType* array, int n, float* x) {
    switch (ARR_ELEMTYPE(array)) {
        case FLOAT4OID:
            std::copy_n(flat_elements<float4>(array), n, x);
            return;
        case FLOAT8OID:
            std::transform(flat_elements<float8>(array), flat_elements<float8>(array) + n, x,
                           narrow);
            return;
        case INT4OID:
            std::transform(flat_elements<int32>(array), flat_elements<int32>(array) + n, x,
                           int4_to_float4);
            return;
        case NUMERICOID:
            copy_numerics(array, x);
            return;
        default:
            ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("cannot cast an array of type %s to type vector",
                           format_type_be(ARR_ELEMTYPE(array))));
    }
}

}  // namespace

// array_to_vector({integer,real,double precision,numeric}[], integer, boolean) -> vector
VECTIDX_FUNCTION(vectidx_array_to_vector) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(0);
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION), errmsg("array must be one-dimensional"));
    if (array_contains_nulls(array))
        ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                errmsg("array must not contain nulls"));

    const int dim = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    check_dim(dim);
    check_expected_dim(PG_GETARG_INT32(1), dim);
    Vector* vector = new_vector(dim);
    copy_elements(array, dim, vector->x);
    check_finite(vector->x, dim);
    PG_RETURN_POINTER(vector);
}

// vector_to_float4(vector, integer, boolean) -> real[]
VECTIDX_FUNCTION(vectidx_vector_to_float4) {
    const Vector* vector = vector_arg(fcinfo, 0);
    ArrayType* array = new_flat_array<float4>(FLOAT4OID, vector->dim);
    std::copy_n(vector->x, vector->dim, flat_elements<float4>(array));
    PG_RETURN_ARRAYTYPE_P(array);
}

}  // namespace vectidx
