// The datum of the SQL type sparsevec, and what its functions share.
#pragma once

#include "pg/postgres.hpp"

#include <cstddef>

#include "core/vector/sparse_distance.hpp"

namespace vectidx {

inline constexpr int kSparseMaxDim = 1000000000;
inline constexpr int kSparseMaxCount = 16000;
inline constexpr const char* kSparseName = "sparsevec";

// A vector of `dim` finite single-precision numbers, 1 <= dim <= kSparseMaxDim, of which `count`,
// at most kSparseMaxCount, are not zero; only these are stored. The layout in memory and on disk is
// pgvector's, so that data moves without conversion.
struct SparseVector {
    int32 vl_len_;  // varlena header: read and written by VARSIZE and SET_VARSIZE only
    int32 dim;
    int32 count;
    int32 unused;                          // always 0
    int32 indices[FLEXIBLE_ARRAY_MEMBER];  // ascending, from 0; behind them float[count]

    const float* values() const { return reinterpret_cast<const float*>(indices + count); }
    float* values() { return reinterpret_cast<float*>(indices + count); }
    SparseFloats view() const { return {indices, values(), static_cast<size_t>(count)}; }
};
static_assert(offsetof(SparseVector, dim) == 4 && offsetof(SparseVector, count) == 8 &&
              offsetof(SparseVector, indices) == 16);

// The bytes of a datum of `count` elements, its header included.
inline Size sparse_size(int count) {
    return offsetof(SparseVector, indices) +
           (sizeof(int32) + sizeof(float)) * static_cast<Size>(count);
}

// A vector from palloc; its elements are not initialized.
// REQUIRES: 0 <= count <= kSparseMaxCount.
SparseVector* new_sparse(int dim, int count);

// A datum, detoasted, in the same way as sparse_arg().
const SparseVector* sparse_from(Datum datum);

// Argument n of an SQL function, detoasted. The result may be the stored value itself: do not write
// to it. ERROR data_corrupted when the size of the datum does not fit its number of elements.
const SparseVector* sparse_arg(FunctionCallInfo fcinfo, int n);

// The number of dimensions of the sparsevec in a datum; fetches only the head of a toasted one.
int sparse_dim(Datum datum);

// The sparse vector of x[dim]. ERROR program_limit_exceeded when too many of them are not zero.
SparseVector* sparse_from_floats(const float* x, int dim);

// ERROR data_exception below 0, program_limit_exceeded above kSparseMaxCount or `dim`.
void check_sparse_count(int count, int dim);

// Returns true when the n indices are within the dimensions, ascending and not repeated, or reports
// data_exception to `context` (errsave).
bool check_indices(const int32* indices, int n, int dim, Node* context = nullptr);

}  // namespace vectidx
