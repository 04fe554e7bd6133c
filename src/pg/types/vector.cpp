#include "pg/types/vector.hpp"

#include <cmath>

namespace vectidx {

namespace {

double square(double x) {
    return x * x;
}

}  // namespace

Vector* new_vector(int dim) {
    Assert(dim >= 1 && dim <= kVectorMaxDim);
    auto* vector = static_cast<Vector*>(palloc(vector_size(dim)));
    SET_VARSIZE(vector, vector_size(dim));
    vector->dim = static_cast<int16>(dim);
    vector->unused = 0;
    return vector;
}

const Vector* vector_from(Datum datum) {
    const auto* vector = reinterpret_cast<const Vector*>(PG_DETOAST_DATUM(datum));
    const Size size = VARSIZE(vector);
    if (size < vector_size(1) || size != vector_size(vector->dim))
        ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
                errmsg("stored vector of %zu bytes has a wrong number of dimensions", size));
    return vector;
}

int vector_dim(Datum datum) {
    constexpr int32 kHead = offsetof(Vector, x) - VARHDRSZ;
    return reinterpret_cast<const Vector*>(PG_DETOAST_DATUM_SLICE(datum, 0, kHead))->dim;
}

void release_vector_arg(FunctionCallInfo fcinfo, int n, const Vector* vector) {
    if (PointerGetDatum(vector) != PG_GETARG_DATUM(n)) pfree(const_cast<Vector*>(vector));
}

VectorPair vector_pair_args(FunctionCallInfo fcinfo) {
    const Vector* a = vector_arg(fcinfo, 0);
    const Vector* b = vector_arg(fcinfo, 1);
    if (a->dim != b->dim)
        ereport(ERROR, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("different vector dimensions %d and %d", a->dim, b->dim));
    return {a, b, a->dim};
}

// Four sums, because each addition waits for the one before it.
double vector_norm(const Vector* vector) {
    double sums[4] = {};
    int i = 0;
    for (; i + 4 <= vector->dim; i += 4)
        for (int lane = 0; lane < 4; ++lane)
            sums[lane] += square(vector->x[i + lane]);
    for (; i < vector->dim; ++i)
        sums[0] += square(vector->x[i]);
    return std::sqrt(sums[0] + sums[1] + sums[2] + sums[3]);
}

bool check_dim(int dim, Node* context) {
    if (dim >= 1 && dim <= kVectorMaxDim) return true;
    if (dim < 1)
        errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
                errmsg("vector must have at least 1 dimension"));
    else
        errsave(context, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                errmsg("vector cannot have more than %d dimensions", kVectorMaxDim));
    return false;
}

bool check_expected_dim(int32 expected, int dim, Node* context) {
    if (expected == -1 || expected == dim) return true;
    errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
            errmsg("expected %d dimensions, not %d", expected, dim));
    return false;
}

bool check_finite(const float* x, int n, Node* context) {
    int i = 0;
    while (i < n && std::isfinite(x[i]))
        ++i;
    if (i == n) return true;
    errsave(context, errcode(ERRCODE_DATA_EXCEPTION),
            std::isnan(x[i]) ? errmsg("NaN not allowed in vector")
                             : errmsg("infinite value not allowed in vector"),
            errdetail("It is element %d.", i + 1));
    return false;
}

}  // namespace vectidx
