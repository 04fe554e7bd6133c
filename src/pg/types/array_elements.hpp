// The elements of SQL arrays of numbers, for the casts to vector types.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The number of elements of an array.
// ERROR data_exception for more than one dimension, null_value_not_allowed for a null.
int array_length(ArrayType* array);

// Copies the n elements of such an array of integer, real, double precision or numeric to x. `type`
// is the SQL name of the type that it is cast to, for the message.
// ERROR numeric_value_out_of_range for what single precision cannot hold.
void copy_array_elements(ArrayType* array, int n, const char* type, float* x);

}  // namespace vectidx
