// The datum of the SQL type vector, and what its functions share: arguments, checks, allocation.
#pragma once

#include "pg/postgres.hpp"

#include <cstddef>

namespace vectidx {

inline constexpr int kVectorMaxDim = 16000;

// A vector of `dim` finite single-precision numbers, 1 <= dim <= kVectorMaxDim.
// The layout in memory and on disk is pgvector's, so that data moves without conversion.
struct Vector {
    int32 vl_len_;  // varlena header: read and written by VARSIZE and SET_VARSIZE only
    int16 dim;
    int16 unused;  // always 0
    float x[FLEXIBLE_ARRAY_MEMBER];
};
static_assert(offsetof(Vector, dim) == 4 && offsetof(Vector, x) == 8);

// The bytes of a datum of `dim` elements, its header included.
inline Size vector_size(int dim) {
    return offsetof(Vector, x) + sizeof(float) * static_cast<Size>(dim);
}

// A vector from palloc; its elements are not initialised.
// REQUIRES: 1 <= dim <= kVectorMaxDim.
Vector* new_vector(int dim);

// The vector in a datum, detoasted. The result may be the stored value itself: do not write to it.
// ERROR data_corrupted when the size of the datum does not fit its number of dimensions.
const Vector* vector_from(Datum datum);

// Argument n of an SQL function, as vector_from() gives it.
inline const Vector* vector_arg(FunctionCallInfo fcinfo, int n) {
    return vector_from(PG_GETARG_DATUM(n));
}

// The number of dimensions of the vector in a datum; fetches only the head of a toasted one.
int vector_dim(Datum datum);

// Frees what vector_arg(fcinfo, n) had to copy. Only for functions that btree calls: all others run
// in a memory context that is reset for every row.
void release_vector_arg(FunctionCallInfo fcinfo, int n, const Vector* vector);

// The first two arguments, which have the same number of dimensions.
struct VectorPair {
    const Vector* a;
    const Vector* b;
    int dim;
};

// ERROR data_exception when the dimensions differ.
VectorPair vector_pair_args(FunctionCallInfo fcinfo);

// The Euclidean norm, in double precision.
double vector_norm(const Vector* vector);

// The checks below return true, or report an error to `context` (errsave): an input function passes
// its fcinfo->context and returns at once on false; for everybody else they raise.

// ERROR data_exception below 1 dimension, program_limit_exceeded above kVectorMaxDim.
bool check_dim(int dim, Node* context = nullptr);

// ERROR data_exception when `expected` is set (not -1) and is not `dim`. A typmod is such a number.
bool check_expected_dim(int32 expected, int dim, Node* context = nullptr);

// ERROR data_exception when one of the n values is NaN or infinite.
bool check_finite(const float* x, int n, Node* context = nullptr);

}  // namespace vectidx
