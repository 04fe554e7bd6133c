// The datums of the SQL types vector and halfvec, and what their functions share: arguments, and
// their elements as floats.
#pragma once

#include "pg/postgres.hpp"

#include <cstddef>

#include "core/simd/half.hpp"

#include "pg/types/checks.hpp"

namespace vectidx {

inline constexpr int kDenseMaxDim = 16000;

// A vector of `dim` finite numbers, 1 <= dim <= kDenseMaxDim.
// The layout in memory and on disk is pgvector's, so that data moves without conversion.
template <class E>
struct DenseVector {
    using Element = E;
    int32 vl_len_;  // varlena header: read and written by VARSIZE and SET_VARSIZE only
    int16 dim;
    int16 unused;  // always 0
    Element x[FLEXIBLE_ARRAY_MEMBER];
};

using Vector = DenseVector<float>;
using HalfVector = DenseVector<Half>;
static_assert(offsetof(Vector, dim) == 4 && offsetof(Vector, x) == 8);
static_assert(offsetof(HalfVector, dim) == 4 && offsetof(HalfVector, x) == 8);

// The SQL name of the type, for messages.
template <class T>
inline constexpr const char* kTypeName = "vector";
template <>
inline constexpr const char* kTypeName<HalfVector> = "halfvec";

// The bytes of a datum of `dim` elements, its header included.
template <class T>
Size dense_size(int dim) {
    return offsetof(T, x) + sizeof(typename T::Element) * static_cast<Size>(dim);
}

// A vector from palloc; its elements are not initialized.
// REQUIRES: 1 <= dim <= kDenseMaxDim.
template <class T>
T* new_dense(int dim) {
    Assert(dim >= 1 && dim <= kDenseMaxDim);
    auto* vector = static_cast<T*>(palloc(dense_size<T>(dim)));
    SET_VARSIZE(vector, dense_size<T>(dim));
    vector->dim = static_cast<int16>(dim);
    vector->unused = 0;
    return vector;
}

// The vector in a datum, detoasted. The result may be the stored value itself: do not write to it.
// ERROR data_corrupted when the size of the datum does not fit its number of dimensions.
template <class T>
const T* dense_from(Datum datum) {
    const auto* vector = reinterpret_cast<const T*>(PG_DETOAST_DATUM(datum));
    const Size size = VARSIZE(vector);
    if (size < dense_size<T>(1) || size != dense_size<T>(vector->dim))
        report_corrupt_datum(kTypeName<T>, size);
    return vector;
}

// Argument n of an SQL function, as dense_from() gives it.
template <class T>
const T* dense_arg(FunctionCallInfo fcinfo, int n) {
    return dense_from<T>(PG_GETARG_DATUM(n));
}

// The number of dimensions of the vector or halfvec in a datum; fetches only the head of a toasted
// one.
int dense_dim(Datum datum);

// The first two arguments, which have the same number of dimensions.
template <class T>
struct DensePair {
    const T* a;
    const T* b;
    int dim;
};

// ERROR data_exception when the dimensions differ.
template <class T>
DensePair<T> dense_pair_args(FunctionCallInfo fcinfo) {
    const T* a = dense_arg<T>(fcinfo, 0);
    const T* b = dense_arg<T>(fcinfo, 1);
    check_same_dim(a->dim, b->dim, kTypeName<T>);
    return {a, b, a->dim};
}

// The elements as floats: the vector's own, or in new memory.
const float* floats_of(const Vector* vector);
const float* floats_of(const HalfVector* vector);

// Room for the elements of a new vector as floats, which store() then makes its elements.
float* float_room(Vector* vector);
float* float_room(HalfVector* vector);

// Gives a vector its elements, x[dim]. Returns false when one of them is finite, and infinite in
// the precision of the vector.
bool store(const float* x, Vector* vector);
bool store(const float* x, HalfVector* vector);

// ERROR numeric_value_out_of_range, with the number, where store() would return false.
void store_or_report(const float* x, Vector* vector);
void store_or_report(const float* x, HalfVector* vector);
// The first of x[n] that a half cannot hold, as text. REQUIRES: there is one.
const char* text_of_overflow(const float* x, int n);

// The Euclidean norm of x[n], in double precision.
double norm_of(const float* x, int n);

// ERROR data_exception below 1 dimension, program_limit_exceeded above kDenseMaxDim. As in
// checks.hpp, returns true or reports to `context`.
template <class T>
bool check_dense_dim(int dim, Node* context = nullptr) {
    return check_dim(dim, kDenseMaxDim, kTypeName<T>, context);
}

// Two SQL functions with one body, which returns an expression: T is Vector in the first, and
// HalfVector in the second.
#define VECTIDX_DENSE_FUNCTIONS(vector_name, halfvec_name, ...) \
    VECTIDX_FUNCTION(vector_name) {                             \
        using T = Vector;                                       \
        return __VA_ARGS__;                                     \
    }                                                           \
    VECTIDX_FUNCTION(halfvec_name) {                            \
        using T = HalfVector;                                   \
        return __VA_ARGS__;                                     \
    }

}  // namespace vectidx
