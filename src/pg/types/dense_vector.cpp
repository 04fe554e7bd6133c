#include "pg/types/dense_vector.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd/half_conversion.hpp"

namespace vectidx {

namespace {

double square(double x) {
    return x * x;
}

float* new_floats(int n) {
    return static_cast<float*>(palloc(sizeof(float) * static_cast<Size>(n)));
}

}  // namespace

int dense_dim(Datum datum) {
    constexpr int32 kHead = offsetof(Vector, x) - VARHDRSZ;
    return reinterpret_cast<const Vector*>(PG_DETOAST_DATUM_SLICE(datum, 0, kHead))->dim;
}

const float* floats_of(const Vector* vector) {
    return vector->x;
}

const float* floats_of(const HalfVector* vector) {
    float* x = new_floats(vector->dim);
    half_conversion().decode(vector->x, x, vector->dim);
    return x;
}

float* float_room(Vector* vector) {
    return vector->x;
}

float* float_room(HalfVector* vector) {
    return new_floats(vector->dim);
}

bool store(const float* x, Vector* vector) {
    if (x != vector->x) std::copy_n(x, vector->dim, vector->x);
    return true;
}

bool store(const float* x, HalfVector* vector) {
    half_conversion().encode(x, vector->x, vector->dim);
    return std::all_of(vector->x, vector->x + vector->dim, is_finite);
}

void store_or_report(const float* x, Vector* vector) {
    store(x, vector);
}

void store_or_report(const float* x, HalfVector* vector) {
    if (store(x, vector)) return;
    ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
            errmsg("\"%s\" is out of range for type halfvec", text_of_overflow(x, vector->dim)));
}

const char* text_of_overflow(const float* x, int n) {
    const float* culprit =
        std::find_if(x, x + n, [](float value) { return std::fabs(value) >= kHalfOverflow; });
    auto* text = static_cast<char*>(palloc(FLOAT_SHORTEST_DECIMAL_LEN));
    float_to_shortest_decimal_buf(*culprit, text);
    return text;
}

// Four sums, because each addition waits for the one before it.
double norm_of(const float* x, int n) {
    double sums[4] = {};
    int i = 0;
    for (; i + 4 <= n; i += 4)
        for (int lane = 0; lane < 4; ++lane)
            sums[lane] += square(x[i + lane]);
    for (; i < n; ++i)
        sums[0] += square(x[i]);
    return std::sqrt(sums[0] + sums[1] + sums[2] + sums[3]);
}

}  // namespace vectidx
