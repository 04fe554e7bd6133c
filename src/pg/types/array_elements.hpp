// The elements of SQL arrays of numbers, for the casts and aggregates of vector types.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The number of elements of an array.
// ERROR data_exception for more than one dimension, null_value_not_allowed for a null.
int array_length(ArrayType* array);

// Copies the n elements of such an array of integer, real, double precision or numeric to x. `type`
// is the SQL name of the type that it is cast to, for the message.
// A double that single precision cannot hold becomes infinite, for check_finite() to refuse; of a
// numeric it is an ERROR numeric_value_out_of_range.
void copy_array_elements(ArrayType* array, int n, const char* type, float* x);

// One-dimensional SQL arrays of fixed-length elements, without a Datum for each of them.

// An array of n elements of `type` (whose C type is T), subscripts from 1, no nulls, from palloc.
// The elements are not initialized.
template <class T>
ArrayType* new_flat_array(Oid type, int n) {
    const Size size = ARR_OVERHEAD_NONULLS(1) + sizeof(T) * static_cast<Size>(n);
    auto* array = static_cast<ArrayType*>(palloc(size));
    SET_VARSIZE(array, size);
    array->ndim = 1;
    array->dataoffset = 0;  // no null bitmap
    array->elemtype = type;
    ARR_DIMS(array)[0] = n;
    ARR_LBOUND(array)[0] = 1;
    return array;
}

// The elements of an array of T without nulls.
template <class T>
T* flat_elements(ArrayType* array) {
    return reinterpret_cast<T*>(ARR_DATA_PTR(array));
}

}  // namespace vectidx
