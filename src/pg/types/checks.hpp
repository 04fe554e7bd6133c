// The checks that all vector types share. `type` is the SQL name of the type, for the message.
#pragma once

#include "pg/postgres.hpp"

#include "pg/types/vector_text.hpp"

namespace vectidx {

// ERROR data_corrupted: the size of a datum, in bytes, does not match its dimensions.
[[noreturn]] void report_corrupt_datum(const char* type, Size size);

// ERROR data_exception when the dimensions of two arguments differ.
void check_same_dim(int a, int b, const char* type);

// The checks below return true, or report an error to `context` (errsave): an input function passes
// its fcinfo->context and returns at once on false; for everybody else they raise.

// ERROR data_exception below 1 dimension, program_limit_exceeded above `most`.
bool check_dim(int dim, int most, const char* type, Node* context = nullptr);

// ERROR data_exception when `expected` is set (not -1) and is not `dim`. A typmod is such a number.
bool check_expected_dim(int32 expected, int dim, Node* context = nullptr);

// ERROR data_exception when one of the n values is NaN or infinite.
bool check_finite(const float* x, int n, const char* type, Node* context = nullptr);

// Reports a value that is NaN or infinite, the element of this number.
void report_not_finite(float value, int element, const char* type, Node* context = nullptr);
// The same with the number as it was written.
void report_not_finite(float value, const char* element, const char* type, Node* context);

// The type modifier of type(n), 1 <= n <= most, from the argument of a typmod_in function.
// ERROR invalid_parameter_value when it is none.
int32 dim_typmod(FunctionCallInfo fcinfo, int most, const char* type);

// Frees what detoasting argument n had to copy. Only for functions that btree calls: all others run
// in a memory context that is reset for every row.
void release_arg(FunctionCallInfo fcinfo, int n, const void* value);

// The errors of input functions.

// The text [start, end), cut at a character when it is long, from palloc.
const char* quotable(const char* start, const char* end);

// Reports a fault Syntax or OutOfRange of a text to `context` (errsave).
void report_text(Node* context, const char* type, const char* text, const TextResult& read);

// ERROR invalid_binary_representation; `detail` says why.
[[noreturn]] void refuse_binary(const char* type, const char* detail);

}  // namespace vectidx
