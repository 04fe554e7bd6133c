// The support functions of avg(vector) and avg(halfvec). sum(T) is made of T_add.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/types/array_elements.hpp"
#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

// The transition state is a float8 array: the number of vectors, then the sum of each of their
// elements. '{0}', the initial state, knows no dimension yet.
struct State {
    ArrayType* array;
    float8* count;
    float8* sums;  // dim of them
    int dim;
};

State state_of(ArrayType* array) {
    float8* elements = flat_elements<float8>(array);
    return {array, elements, elements + 1, ARR_DIMS(array)[0] - 1};
}

State new_state(float8 count, int dim) {
    const State state = state_of(new_flat_array<float8>(FLOAT8OID, dim + 1));
    *state.count = count;
    return state;
}

bool is_count(float8 value) {
    return std::isfinite(value) && value >= 0;
}

// Argument n, of a function of avg(T). Anybody may call these functions with any array, so it is
// checked every time.
template <class T>
State state_arg(FunctionCallInfo fcinfo, int n) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(n);
    if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] < 1 || ARR_ELEMTYPE(array) != FLOAT8OID ||
        array_contains_nulls(array) || !is_count(*flat_elements<float8>(array)))
        ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                errmsg("invalid transition state for avg(%s)", kTypeName<T>),
                errdetail("It must be a one-dimensional array without nulls: a count, then the sum "
                          "of each element."));
    const State state = state_of(array);
    if (state.dim > 0) check_dense_dim<T>(state.dim);
    return state;
}

// Finite vectors overflow a sum of doubles only when the state was not made by these functions.
float8 add(float8 a, float8 b) {
    const float8 sum = a + b;
    if (!std::isfinite(sum)) float_overflow_error();
    return sum;
}

template <class T>
Datum accumulate(FunctionCallInfo fcinfo) {
    const State state = state_arg<T>(fcinfo, 0);
    const T* vector = dense_arg<T>(fcinfo, 1);
    const float* x = floats_of(vector);
    const float8 count = *state.count + 1;

    if (state.dim == 0) {
        const State first = new_state(count, vector->dim);
        std::copy_n(x, vector->dim, first.sums);
        PG_RETURN_ARRAYTYPE_P(first.array);
    }
    check_expected_dim(state.dim, vector->dim);

    // Within an aggregate the state is ours alone, and no row needs a new array.
    const bool in_place = AggCheckCallContext(fcinfo, nullptr) != 0;
    const State result = in_place ? state : new_state(count, state.dim);
    *result.count = count;
    for (int i = 0; i < state.dim; ++i)
        result.sums[i] = add(state.sums[i], x[i]);
    PG_RETURN_ARRAYTYPE_P(result.array);
}

template <class T>
Datum combine(FunctionCallInfo fcinfo) {
    const State a = state_arg<T>(fcinfo, 0);
    const State b = state_arg<T>(fcinfo, 1);
    const State result = new_state(*a.count + *b.count, std::max(a.dim, b.dim));
    if (a.dim == 0 || b.dim == 0) {
        std::copy_n(a.dim > 0 ? a.sums : b.sums, result.dim, result.sums);
    } else {
        check_expected_dim(a.dim, b.dim);
        std::transform(a.sums, a.sums + a.dim, b.sums, result.sums, add);
    }
    PG_RETURN_ARRAYTYPE_P(result.array);
}

template <class T>
Datum mean(FunctionCallInfo fcinfo) {
    const State state = state_arg<T>(fcinfo, 0);
    if (*state.count == 0) PG_RETURN_NULL();

    check_dense_dim<T>(state.dim);
    T* result = new_dense<T>(state.dim);
    float* x = float_room(result);
    for (int i = 0; i < state.dim; ++i)
        x[i] = static_cast<float>(state.sums[i] / *state.count);
    check_finite(x, state.dim, kTypeName<T>);
    store_or_report(x, result);
    PG_RETURN_POINTER(result);
}

}  // namespace

// T_accum(double precision[], T) -> double precision[]; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_accum, vectidx_halfvec_accum, accumulate<T>(fcinfo))

// T_combine(double precision[], double precision[]) -> double precision[]
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_combine, vectidx_halfvec_combine, combine<T>(fcinfo))

// T_avg(double precision[]) -> T, NULL when there was none
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_avg, vectidx_halfvec_avg, mean<T>(fcinfo))

}  // namespace vectidx
