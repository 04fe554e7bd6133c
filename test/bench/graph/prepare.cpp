#include "graph/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/base/random.hpp"

#include "data/clusters.hpp"

namespace bench {

namespace {

constexpr uint64_t kSeed = 0x67617465;
// Of a nearly equal row, in root mean squares of a vector's values: more than the step of 16 bits,
// less than that of the 8 bits which a build compares.
constexpr double kNoise = 1e-3;

Matrix picked(const Matrix& from, const std::vector<size_t>& rows) {
    Matrix out(rows.size(), from.cols);
    for (size_t i = 0; i < rows.size(); ++i)
        std::copy_n(from.row(rows[i]), from.cols, out.row(i));
    return out;
}

std::vector<size_t> counted(size_t n) {
    std::vector<size_t> numbers(n);
    std::iota(numbers.begin(), numbers.end(), size_t{0});
    return numbers;
}

// x with noise, uniform within the amplitude.
void write_near(std::span<const float> x, vectidx::Random& random, float* out) {
    double squares = 0;
    for (float value : x)
        squares += static_cast<double>(value) * static_cast<double>(value);
    const double amplitude = kNoise * std::sqrt(3.0 * squares / static_cast<double>(x.size()));
    for (size_t j = 0; j < x.size(); ++j) {
        const double uniform = static_cast<double>(random.next() >> 11) * 0x1.0p-53;
        out[j] = x[j] + static_cast<float>(amplitude * (2.0 * uniform - 1.0));
    }
}

}  // namespace

void hold_out(DataSet& set, size_t count) {
    if (count >= set.base.rows) throw std::runtime_error("--held-out leaves no rows");
    vectidx::Random random(kSeed);
    std::vector<size_t> order = counted(set.base.rows);
    for (size_t i = 0; i < count; ++i)
        std::swap(order[i], order[i + random.below(order.size() - i)]);
    const auto first = order.begin(), end = first + static_cast<long>(count);
    set.queries = picked(set.base, {first, end});
    std::sort(end, order.end());
    set.base = picked(set.base, {end, order.end()});
    set.name += "-held-out";
}

void sort_by_cluster(DataSet& set) {
    const auto count = static_cast<size_t>(std::sqrt(static_cast<double>(set.base.rows)));
    const Clusters clusters(set.base, count);
    std::vector<size_t> cluster(set.base.rows), order = counted(set.base.rows);
    for (size_t i = 0; i < set.base.rows; ++i)
        cluster[i] = clusters.nearest(set.base.view(i), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return cluster[a] < cluster[b]; });
    set.base = picked(set.base, order);
    set.name += "-clustered";
}

void add_near_equal(DataSet& set, size_t count) {
    vectidx::Random random(kSeed);
    const Matrix before = std::move(set.base);
    const size_t rows = before.rows + count;
    set.base = Matrix(rows, before.cols);
    size_t added = 0;
    for (size_t i = 0; i < rows; ++i) {
        if (added < (i + 1) * count / rows) {
            write_near(before.view(0), random, set.base.row(i));
            ++added;
        } else {
            std::copy_n(before.row(i - added), before.cols, set.base.row(i));
        }
    }
    for (size_t q = 0; q < set.queries.rows; q += 10)
        write_near(before.view(0), random, set.queries.row(q));
    set.name += "-near-equal";
}

DataSet rows_from(const DataSet& set, size_t first, size_t count) {
    DataSet part = set;
    part.base = Matrix(count, set.base.cols);
    std::copy_n(set.base.row(first), count * set.base.cols, part.base.values.data());
    return part;
}

}  // namespace bench
