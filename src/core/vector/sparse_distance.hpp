// Distances between two sparse vectors of floats.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

// The elements of a vector that are not zero. Indices ascend and are not repeated.
struct SparseFloats {
    const int32_t* indices;
    const float* values;
    size_t count;
};

// Sums in double precision, which no sum of products of floats overflows.
double sparse_l2_squared(const SparseFloats& a, const SparseFloats& b);
double sparse_dot(const SparseFloats& a, const SparseFloats& b);
double sparse_l1(const SparseFloats& a, const SparseFloats& b);
double sparse_norm2(const SparseFloats& a);  // the dot product of a with itself

}  // namespace vectidx
