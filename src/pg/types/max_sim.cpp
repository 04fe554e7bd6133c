// Late interaction: MaxSim of two arrays of vectors, a document's and a query's. It is the sum over
// the query's vectors of the largest inner product with a vector of the document (Khattab and
// Zaharia, "ColBERT", SIGIR 2020, section 3.3).
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <type_traits>

#include "core/simd/float_kernels.hpp"
#include "core/simd/half_conversion.hpp"

#include "pg/types/array_elements.hpp"
#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

enum class Similarity { InnerProduct, Cosine };

struct Vectors {
    Datum* datums;
    int count;
};

// ERROR data_exception for more than one dimension, null_value_not_allowed for a null.
Vectors vectors_arg(FunctionCallInfo fcinfo, int n) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(n);
    array_length(array);
    Vectors vectors;
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &vectors.datums, nullptr,
                      &vectors.count);
    return vectors;
}

float* new_room(int dim) {
    return static_cast<float*>(palloc(sizeof(float) * static_cast<Size>(dim)));
}

// What the kernels take. A vector stays where it is, if nothing is changed in it.
template <class T, Similarity similarity>
constexpr bool kNeedsRoom = std::is_same_v<T, HalfVector> || similarity == Similarity::Cosine;

const float* floats_in(const Vector* vector, float*) {
    return vector->x;
}

const float* floats_in(const HalfVector* vector, float* room) {
    half_conversion().decode(vector->x, room, vector->dim);
    return room;
}

// The elements as floats, for the cosine scaled to norm 1; `room` has as many. The zero vector
// stays as it is, as in l2_normalize().
template <class T, Similarity similarity>
const float* elements(const T* vector, float* room) {
    const float* x = floats_in(vector, room);
    if constexpr (similarity == Similarity::Cosine) {
        const double norm = norm_of(x, vector->dim);
        const double scale = norm > 0 ? 1 / norm : 0;
        std::transform(x, x + vector->dim, room,
                       [scale](float value) { return static_cast<float>(value * scale); });
        return room;
    }
    return x;
}

// The inner product, in double precision where single precision cannot hold it.
double inner_product(const FloatKernels& kernels, const float* a, const float* b, int dim) {
    const float sum = kernels.dot(a, b, dim);
    if (std::isfinite(sum)) return sum;
    return std::inner_product(a, a + dim, b, 0.0, std::plus<>(),
                              [](double x, double y) { return x * y; });
}

// The query's vectors, converted once.
template <class T, Similarity similarity>
const float** query_elements(const Vectors& query, int dim) {
    auto** x = static_cast<const float**>(
        MemoryContextAllocHuge(CurrentMemoryContext, sizeof(float*) * query.count));
    for (int i = 0; i < query.count; ++i) {
        const T* vector = dense_from<T>(query.datums[i]);
        check_same_dim(dim, vector->dim, kTypeName<T>);
        x[i] = elements<T, similarity>(vector, kNeedsRoom<T, similarity> ? new_room(dim) : nullptr);
    }
    return x;
}

// MaxSim of a document and a query that have vectors. Each vector of the document is converted once
// and compared with all of the query, whose vectors are fewer in general and stay in the cache.
// ERROR data_exception when not all vectors have the same number of dimensions.
template <class T, Similarity similarity>
double max_sim_of(const Vectors& document, const Vectors& query) {
    const int dim = dense_from<T>(document.datums[0])->dim;
    const float** q = query_elements<T, similarity>(query, dim);
    auto* best = static_cast<double*>(
        MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * query.count));
    std::fill_n(best, query.count, -std::numeric_limits<double>::infinity());
    float* room = kNeedsRoom<T, similarity> ? new_room(dim) : nullptr;
    const FloatKernels& kernels = float_kernels();
    for (int i = 0; i < document.count; ++i) {
        CHECK_FOR_INTERRUPTS();
        const T* vector = dense_from<T>(document.datums[i]);
        check_same_dim(vector->dim, dim, kTypeName<T>);
        const float* x = elements<T, similarity>(vector, room);
        for (int j = 0; j < query.count; ++j)
            best[j] = std::max(best[j], inner_product(kernels, x, q[j], dim));
    }
    return std::accumulate(best, best + query.count, 0.0);
}

// `sign` times MaxSim of argument 0, a document, and argument 1, a query. NULL when one of them is
// empty, as max() and sum() over no rows in SQL.
template <class T, Similarity similarity>
Datum max_sim(FunctionCallInfo fcinfo, double sign) {
    const Vectors document = vectors_arg(fcinfo, 0);
    const Vectors query = vectors_arg(fcinfo, 1);
    if (document.count == 0 || query.count == 0) PG_RETURN_NULL();
    const double sum = max_sim_of<T, similarity>(document, query);
    PG_RETURN_FLOAT8(sign * sum);
}

}  // namespace

// max_sim(T[], T[]) -> float8; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_max_sim, vectidx_halfvec_max_sim,
                        max_sim<T, Similarity::InnerProduct>(fcinfo, 1))

// T_negative_max_sim(T[], T[]) -> float8; operator @#
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_negative_max_sim, vectidx_halfvec_negative_max_sim,
                        max_sim<T, Similarity::InnerProduct>(fcinfo, -1))

// max_sim_cosine(T[], T[]) -> float8
VECTIDX_DENSE_FUNCTIONS(vectidx_max_sim_cosine, vectidx_halfvec_max_sim_cosine,
                        max_sim<T, Similarity::Cosine>(fcinfo, 1))

// T_negative_max_sim_cosine(T[], T[]) -> float8; operator @=
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_negative_max_sim_cosine,
                        vectidx_halfvec_negative_max_sim_cosine,
                        max_sim<T, Similarity::Cosine>(fcinfo, -1))

}  // namespace vectidx
