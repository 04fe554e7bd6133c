#include "data/exact_distance.hpp"

#include <cmath>
#include <limits>

namespace bench {

namespace {

// Independent partial sums, which the compiler keeps in vector registers.
constexpr size_t kLanes = 16;

template <class Term>
double sum_terms(const float* a, const float* b, size_t dims, Term term) {
    double partial[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= dims; i += kLanes) {
        for (size_t lane = 0; lane < kLanes; ++lane) {
            partial[lane] +=
                term(static_cast<double>(a[i + lane]), static_cast<double>(b[i + lane]));
        }
    }
    double sum = 0.0;
    for (; i < dims; ++i)
        sum += term(static_cast<double>(a[i]), static_cast<double>(b[i]));
    for (double value : partial)
        sum += value;
    return sum;
}

double inner_product(const float* a, const float* b, size_t dims) {
    return sum_terms(a, b, dims, [](double x, double y) { return x * y; });
}

std::vector<double> norms(const Matrix& matrix) {
    std::vector<double> result(matrix.rows);
    for (size_t i = 0; i < matrix.rows; ++i) {
        result[i] = std::sqrt(inner_product(matrix.row(i), matrix.row(i), matrix.cols));
    }
    return result;
}

}  // namespace

ExactDistance::ExactDistance(const DataSet& set) : set_(set) {
    if (set.metric != Metric::kCosine) return;
    row_norms_ = norms(set.base);
    query_norms_ = norms(set.queries);
}

double ExactDistance::operator()(size_t query, size_t row) const {
    const float* q = set_.queries.row(query);
    const float* b = set_.base.row(row);
    const size_t dims = set_.base.cols;
    switch (set_.metric) {
        case Metric::kL2:
            return sum_terms(q, b, dims, [](double x, double y) { return (x - y) * (x - y); });
        case Metric::kInnerProduct:
            return -inner_product(q, b, dims);
        case Metric::kCosine:
            break;
    }
    const double norm = query_norms_[query] * row_norms_[row];
    if (norm == 0.0) return std::numeric_limits<double>::infinity();
    return 1.0 - inner_product(q, b, dims) / norm;
}

}  // namespace bench
