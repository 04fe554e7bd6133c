// Distances between vectors of type vector or halfvec, and the norm. Results are double precision;
// the sums behind them are single precision wherever that suffices.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/simd/float_kernels.hpp"

#include "pg/types/dense_vector.hpp"

namespace vectidx {

namespace {

// Below this sum of squares, squares that fall into the denormals may cost more than rounding does:
// 16,000 of them lose up to 16,000 * 2^-150 = 1.1e-41, and 1.1e-41 / 1e-33 < 2^-24.
constexpr float kLeastSquares = 1e-33f;

bool exact_enough(float sum_of_squares) {
    return std::isfinite(sum_of_squares) && sum_of_squares >= kLeastSquares;
}

const DistanceKernels<float>& kernels_for(const Vector*) {
    return float_kernels();
}

const DistanceKernels<Half>& kernels_for(const HalfVector*) {
    return half_kernels();
}

// The sum of term(a[i], b[i]) in double precision. No square of a float overflows or underflows it.
// Halves never come here, except by equal vectors: their sums stay within single precision.
template <class T, class Term>
double slow_sum(const DensePair<T>& pair, Term term) {
    double sum = 0;
    for (int i = 0; i < pair.dim; ++i)
        sum += term(static_cast<double>(to_float(pair.a->x[i])),
                    static_cast<double>(to_float(pair.b->x[i])));
    return sum;
}

double product(double a, double b) {
    return a * b;
}

template <class T>
double l2_squared(const DensePair<T>& pair) {
    const float sum = kernels_for(pair.a).l2_squared(pair.a->x, pair.b->x, pair.dim);
    if (exact_enough(sum)) return sum;
    return slow_sum(pair, [](double a, double b) { return (a - b) * (a - b); });
}

template <class T>
double dot(const DensePair<T>& pair) {
    const float sum = kernels_for(pair.a).dot(pair.a->x, pair.b->x, pair.dim);
    return std::isfinite(sum) ? sum : slow_sum(pair, product);
}

template <class T>
double l1(const DensePair<T>& pair) {
    const float sum = kernels_for(pair.a).l1(pair.a->x, pair.b->x, pair.dim);
    return std::isfinite(sum) ? sum
                              : slow_sum(pair, [](double a, double b) { return std::abs(a - b); });
}

// 1 - the cosine of the angle, 0 to 2; NaN when one of the two is the zero vector.
template <class T>
double cosine_distance(const DensePair<T>& pair) {
    const DotNorms sums = kernels_for(pair.a).dot_norms(pair.a->x, pair.b->x, pair.dim);
    double dot = sums.dot, a_norm2 = sums.a_norm2, b_norm2 = sums.b_norm2;
    if (!exact_enough(sums.a_norm2) || !exact_enough(sums.b_norm2)) {
        dot = slow_sum(pair, product);
        a_norm2 = slow_sum(pair, [](double a, double) { return a * a; });
        b_norm2 = slow_sum(pair, [](double, double b) { return b * b; });
    }
    const double cosine = dot / std::sqrt(a_norm2 * b_norm2);
    return 1.0 - std::clamp(cosine, -1.0, 1.0);  // NaN stays NaN
}

// The angle between unit vectors over pi.
template <class T>
double spherical_distance(const DensePair<T>& pair) {
    return std::acos(std::clamp(dot(pair), -1.0, 1.0)) / std::numbers::pi;
}

template <class T>
double norm(const T* vector) {
    return norm_of(floats_of(vector), vector->dim);
}

}  // namespace

// l2_distance(T, T) -> float8; operator <->; T is vector or halfvec.
VECTIDX_DENSE_FUNCTIONS(vectidx_l2_distance, vectidx_halfvec_l2_distance,
                        Float8GetDatum(std::sqrt(l2_squared(dense_pair_args<T>(fcinfo)))))

// T_l2_squared_distance(T, T) -> float8
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_l2_squared_distance, vectidx_halfvec_l2_squared_distance,
                        Float8GetDatum(l2_squared(dense_pair_args<T>(fcinfo))))

// inner_product(T, T) -> float8
VECTIDX_DENSE_FUNCTIONS(vectidx_inner_product, vectidx_halfvec_inner_product,
                        Float8GetDatum(dot(dense_pair_args<T>(fcinfo))))

// T_negative_inner_product(T, T) -> float8; operator <#>
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_negative_inner_product,
                        vectidx_halfvec_negative_inner_product,
                        Float8GetDatum(-dot(dense_pair_args<T>(fcinfo))))

// cosine_distance(T, T) -> float8; operator <=>
VECTIDX_DENSE_FUNCTIONS(vectidx_cosine_distance, vectidx_halfvec_cosine_distance,
                        Float8GetDatum(cosine_distance(dense_pair_args<T>(fcinfo))))

// l1_distance(T, T) -> float8; operator <+>
VECTIDX_DENSE_FUNCTIONS(vectidx_l1_distance, vectidx_halfvec_l1_distance,
                        Float8GetDatum(l1(dense_pair_args<T>(fcinfo))))

// T_spherical_distance(T, T) -> float8
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_spherical_distance, vectidx_halfvec_spherical_distance,
                        Float8GetDatum(spherical_distance(dense_pair_args<T>(fcinfo))))

// vector_norm(vector) -> float8, l2_norm(halfvec) -> float8
VECTIDX_DENSE_FUNCTIONS(vectidx_vector_norm, vectidx_halfvec_l2_norm,
                        Float8GetDatum(norm(dense_arg<T>(fcinfo, 0))))

}  // namespace vectidx
