#include "data/synthetic.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "core/base/random.hpp"

namespace bench {

namespace {

constexpr double kClusterSpread = 0.25;
constexpr size_t kMixtureDirections = 16;
constexpr double kMixtureNoise = 0.05;

double uniform(vectidx::Random& random) {
    return static_cast<double>(random.next() >> 11) * 0x1.0p-53;
}

// Box and Muller's transform: std::normal_distribution differs between standard libraries.
double normal(vectidx::Random& random) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(random)));
    return radius * std::cos(2.0 * std::numbers::pi * uniform(random));
}

void fill_normal(Matrix& matrix, vectidx::Random& random, double scale) {
    for (float& value : matrix.values)
        value = static_cast<float>(scale * normal(random));
}

size_t cluster_count(size_t rows) {
    return std::max<size_t>(1, static_cast<size_t>(std::sqrt(static_cast<double>(rows))));
}

Matrix uniform_rows(size_t rows, size_t dims, vectidx::Random& random) {
    Matrix matrix(rows, dims);
    for (float& value : matrix.values)
        value = static_cast<float>(uniform(random));
    return matrix;
}

Matrix gaussian_clusters(size_t rows, size_t dims, vectidx::Random& random) {
    Matrix centers(cluster_count(rows), dims);
    fill_normal(centers, random, 1.0);
    Matrix matrix(rows, dims);
    fill_normal(matrix, random, kClusterSpread);
    for (size_t i = 0; i < rows; ++i) {
        const float* center = centers.row(random.below(centers.rows));
        for (size_t j = 0; j < dims; ++j)
            matrix.row(i)[j] += center[j];
    }
    return matrix;
}

// Draws from weights 1, 1/2, 1/3, ... by their running sums.
size_t draw_zipf(const std::vector<double>& running_sums, vectidx::Random& random) {
    const double point = uniform(random) * running_sums.back();
    const auto found = std::upper_bound(running_sums.begin(), running_sums.end(), point);
    return std::min<size_t>(static_cast<size_t>(found - running_sums.begin()),
                            running_sums.size() - 1);
}

Matrix mixture(size_t rows, size_t dims, vectidx::Random& random) {
    const size_t clusters = cluster_count(rows);
    Matrix centers(clusters, dims);
    fill_normal(centers, random, 0.5);
    Matrix directions(clusters * kMixtureDirections, dims);
    fill_normal(directions, random, 1.0 / std::sqrt(static_cast<double>(dims)));
    std::vector<double> running_sums(clusters);
    double sum = 0.0;
    for (size_t i = 0; i < clusters; ++i) {
        running_sums[i] = sum += 1.0 / static_cast<double>(i + 1);
    }

    Matrix matrix(rows, dims);
    fill_normal(matrix, random, kMixtureNoise);
    for (size_t i = 0; i < rows; ++i) {
        const size_t cluster = draw_zipf(running_sums, random);
        float* row = matrix.row(i);
        for (size_t j = 0; j < dims; ++j)
            row[j] += centers.row(cluster)[j];
        for (size_t r = 0; r < kMixtureDirections; ++r) {
            const float* direction = directions.row(cluster * kMixtureDirections + r);
            const double deviation =
                std::sqrt(static_cast<double>(dims) / static_cast<double>(r + 1));
            const auto weight = static_cast<float>(deviation * 0.5 * normal(random));
            for (size_t j = 0; j < dims; ++j)
                row[j] += weight * direction[j];
        }
    }
    return matrix;
}

}  // namespace

Matrix generate(const std::string& kind, size_t rows, size_t dims, uint64_t seed) {
    vectidx::Random random(seed);
    if (kind == "uniform") return uniform_rows(rows, dims, random);
    if (kind == "gaussian-clusters") return gaussian_clusters(rows, dims, random);
    if (kind == "mixture") return mixture(rows, dims, random);
    throw std::runtime_error("no generator '" + kind +
                             "': use uniform, gaussian-clusters or mixture");
}

Matrix take_last_rows(Matrix& matrix, size_t count) {
    Matrix last(count, matrix.cols);
    const size_t kept = matrix.rows - count;
    std::copy(matrix.row(kept), matrix.row(kept) + count * matrix.cols, last.row(0));
    matrix.rows = kept;
    matrix.values.resize(kept * matrix.cols);
    return last;
}

}  // namespace bench
