#include "core/vector/sparse_distance.hpp"

#include <cmath>

namespace vectidx {

namespace {

double square(double x) {
    return x * x;
}

double magnitude(double x) {
    return std::fabs(x);
}

// The sum of Term(a[i] - b[i]).
template <double (*Term)(double)>
double sum_of_differences(const SparseFloats& a, const SparseFloats& b) {
    double sum = 0;
    size_t i = 0, j = 0;
    while (i < a.count && j < b.count) {
        const int32_t at = a.indices[i], bt = b.indices[j];
        const double x = at <= bt ? a.values[i] : 0, y = bt <= at ? b.values[j] : 0;
        sum += Term(x - y);
        i += at <= bt;
        j += bt <= at;
    }
    for (; i < a.count; ++i)
        sum += Term(a.values[i]);
    for (; j < b.count; ++j)
        sum += Term(b.values[j]);
    return sum;
}

}  // namespace

double sparse_l2_squared(const SparseFloats& a, const SparseFloats& b) {
    return sum_of_differences<square>(a, b);
}

double sparse_l1(const SparseFloats& a, const SparseFloats& b) {
    return sum_of_differences<magnitude>(a, b);
}

double sparse_dot(const SparseFloats& a, const SparseFloats& b) {
    double sum = 0;
    size_t i = 0, j = 0;
    while (i < a.count && j < b.count) {
        const int32_t at = a.indices[i], bt = b.indices[j];
        if (at == bt) sum += static_cast<double>(a.values[i]) * static_cast<double>(b.values[j]);
        i += at <= bt;
        j += bt <= at;
    }
    return sum;
}

double sparse_norm2(const SparseFloats& a) {
    double sum = 0;
    for (size_t i = 0; i < a.count; ++i)
        sum += square(a.values[i]);
    return sum;
}

}  // namespace vectidx
