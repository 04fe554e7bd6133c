// Distances between vectors, and the norm. Results are double precision; the sums behind them are
// single precision wherever that suffices.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/distance/float_kernels.hpp"

#include "pg/types/vector.hpp"

namespace vectidx {

namespace {

// Below this sum of squares, squares that fall into the denormals may cost more than rounding does:
// 16,000 of them lose up to 16,000 * 2^-150 = 1.1e-41, and 1.1e-41 / 1e-33 < 2^-24.
constexpr float kLeastSquares = 1e-33f;

bool exact_enough(float sum_of_squares) {
    return std::isfinite(sum_of_squares) && sum_of_squares >= kLeastSquares;
}

// The sum of term(a[i], b[i]) in double precision. No square of a float overflows or underflows it.
template <class Term>
double slow_sum(const VectorPair& pair, Term term) {
    double sum = 0;
    for (int i = 0; i < pair.dim; ++i)
        sum += term(static_cast<double>(pair.a->x[i]), static_cast<double>(pair.b->x[i]));
    return sum;
}

double product(double a, double b) {
    return a * b;
}

double l2_squared(const VectorPair& pair) {
    const float sum = float_kernels().l2_squared(pair.a->x, pair.b->x, pair.dim);
    if (exact_enough(sum)) return sum;
    return slow_sum(pair, [](double a, double b) { return (a - b) * (a - b); });
}

double dot(const VectorPair& pair) {
    const float sum = float_kernels().dot(pair.a->x, pair.b->x, pair.dim);
    return std::isfinite(sum) ? sum : slow_sum(pair, product);
}

double l1(const VectorPair& pair) {
    const float sum = float_kernels().l1(pair.a->x, pair.b->x, pair.dim);
    return std::isfinite(sum) ? sum
                              : slow_sum(pair, [](double a, double b) { return std::abs(a - b); });
}

// NaN when one of the two is the zero vector. Rounding may leave it slightly outside [-1, 1].
double cosine_similarity(const VectorPair& pair) {
    const DotNorms sums = float_kernels().dot_norms(pair.a->x, pair.b->x, pair.dim);
    double dot = sums.dot, a_norm2 = sums.a_norm2, b_norm2 = sums.b_norm2;
    if (!exact_enough(sums.a_norm2) || !exact_enough(sums.b_norm2)) {
        dot = slow_sum(pair, product);
        a_norm2 = slow_sum(pair, [](double a, double) { return a * a; });
        b_norm2 = slow_sum(pair, [](double, double b) { return b * b; });
    }
    return dot / std::sqrt(a_norm2 * b_norm2);
}

}  // namespace

// l2_distance(vector, vector) -> float8; operator <->
VECTIDX_FUNCTION(vectidx_l2_distance) {
    PG_RETURN_FLOAT8(std::sqrt(l2_squared(vector_pair_args(fcinfo))));
}

// vector_l2_squared_distance(vector, vector) -> float8
VECTIDX_FUNCTION(vectidx_vector_l2_squared_distance) {
    PG_RETURN_FLOAT8(l2_squared(vector_pair_args(fcinfo)));
}

// inner_product(vector, vector) -> float8
VECTIDX_FUNCTION(vectidx_inner_product) {
    PG_RETURN_FLOAT8(dot(vector_pair_args(fcinfo)));
}

// vector_negative_inner_product(vector, vector) -> float8; operator <#>
VECTIDX_FUNCTION(vectidx_vector_negative_inner_product) {
    PG_RETURN_FLOAT8(-dot(vector_pair_args(fcinfo)));
}

// cosine_distance(vector, vector) -> float8; operator <=>
VECTIDX_FUNCTION(vectidx_cosine_distance) {
    const double similarity = cosine_similarity(vector_pair_args(fcinfo));
    PG_RETURN_FLOAT8(1.0 - std::clamp(similarity, -1.0, 1.0));  // NaN stays NaN
}

// l1_distance(vector, vector) -> float8; operator <+>
VECTIDX_FUNCTION(vectidx_l1_distance) {
    PG_RETURN_FLOAT8(l1(vector_pair_args(fcinfo)));
}

// vector_spherical_distance(vector, vector) -> float8: the angle between unit vectors over pi.
VECTIDX_FUNCTION(vectidx_vector_spherical_distance) {
    const double cosine = std::clamp(dot(vector_pair_args(fcinfo)), -1.0, 1.0);
    PG_RETURN_FLOAT8(std::acos(cosine) / std::numbers::pi);
}

// vector_norm(vector) -> float8
VECTIDX_FUNCTION(vectidx_vector_norm) {
    PG_RETURN_FLOAT8(vector_norm(vector_arg(fcinfo, 0)));
}

}  // namespace vectidx
