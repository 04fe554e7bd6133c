#include "pg/types/sparsevec.hpp"

#include <algorithm>

#include "pg/types/checks.hpp"

namespace vectidx {

SparseVector* new_sparse(int dim, int count) {
    Assert(count >= 0 && count <= kSparseMaxCount);
    auto* vector = static_cast<SparseVector*>(palloc(sparse_size(count)));
    SET_VARSIZE(vector, sparse_size(count));
    vector->dim = dim;
    vector->count = count;
    vector->unused = 0;
    return vector;
}

const SparseVector* sparse_arg(FunctionCallInfo fcinfo, int n) {
    return sparse_from(PG_GETARG_DATUM(n));
}

const SparseVector* sparse_from(Datum datum) {
    const auto* vector = reinterpret_cast<const SparseVector*>(PG_DETOAST_DATUM(datum));
    const Size size = VARSIZE(vector);
    if (size < sparse_size(0) || vector->count < 0 || size != sparse_size(vector->count))
        report_corrupt_datum(kSparseName, size);
    return vector;
}

int sparse_dim(Datum datum) {
    constexpr int32 kHead = offsetof(SparseVector, indices) - VARHDRSZ;
    return reinterpret_cast<const SparseVector*>(PG_DETOAST_DATUM_SLICE(datum, 0, kHead))->dim;
}

SparseVector* sparse_from_floats(const float* x, int dim) {
    const auto count = static_cast<int>(dim - std::count(x, x + dim, 0.0f));
    check_sparse_count(count, dim);
    SparseVector* vector = new_sparse(dim, count);
    float* values = vector->values();
    for (int i = 0, j = 0; i < dim; ++i) {
        if (x[i] == 0) continue;
        vector->indices[j] = i;
        values[j++] = x[i];
    }
    return vector;
}

void check_sparse_count(int count, int dim) {
    if (count < 0)
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("sparsevec cannot have a negative number of elements"));
    if (count > kSparseMaxCount)
        ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                errmsg("sparsevec cannot have more than %d non-zero elements", kSparseMaxCount));
    if (count > dim)
        ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                errmsg("sparsevec cannot have more elements than dimensions"));
}

bool check_indices(const int32* indices, int n, int dim, Node* context) {
    int64 last = -1;
    for (int i = 0; i < n; ++i) {
        const int32 index = indices[i];
        if (index > last && index < dim) {
            last = index;
            continue;
        }
        errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
                index < 0 || index >= dim ? errmsg("sparsevec index out of bounds")
                : index < last            ? errmsg("sparsevec indices must be in ascending order")
                                          : errmsg("sparsevec indices must not contain duplicates"),
                errdetail("It is index " INT64_FORMAT " of a sparsevec with %d dimensions.",
                          static_cast<int64>(index) + 1, dim));
        return false;
    }
    return true;
}

}  // namespace vectidx
