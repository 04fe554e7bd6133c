// The elements of SQL arrays of numbers, for the casts to vector types.
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

}  // namespace vectidx
