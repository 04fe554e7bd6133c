#include "pg/types/array_elements.hpp"

#include <algorithm>

namespace vectidx {

namespace {

float narrow(double value) {
    return static_cast<float>(value);
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

}  // namespace

int array_length(ArrayType* array) {
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION), errmsg("array must be one-dimensional"));
    if (array_contains_nulls(array))
        ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                errmsg("array must not contain nulls"));
    return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

void copy_array_elements(ArrayType* array, int n, const char* type, float* x) {
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
                    errmsg("cannot cast an array of type %s to type %s",
                           format_type_be(ARR_ELEMTYPE(array)), type));
    }
}

}  // namespace vectidx
