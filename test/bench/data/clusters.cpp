#include "data/clusters.hpp"

#include <algorithm>

namespace bench {

namespace {

double distance2(std::span<const float> a, std::span<const float> b) {
    float sum = 0.0f;
    for (size_t i = 0; i < a.size(); ++i)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

}  // namespace

// splitmix64
uint64_t mixed(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

Clusters::Clusters(const Matrix& data, size_t count) : centers_(count, data.cols) {
    constexpr size_t kSample = 10000;
    constexpr int kPasses = 8;
    const size_t step = std::max<size_t>(1, data.rows / kSample);
    for (size_t i = 0; i < count; ++i)
        std::copy_n(data.row(mixed(i) % data.rows), data.cols, centers_.row(i));
    for (int pass = 0; pass < kPasses; ++pass) {
        Matrix sums(count, data.cols);
        std::vector<size_t> sizes(count, 0);
        for (size_t at = 0; at < data.rows; at += step) {
            const size_t own = nearest(data.view(at), 0);
            ++sizes[own];
            for (size_t k = 0; k < data.cols; ++k)
                sums.row(own)[k] += data.row(at)[k];
        }
        for (size_t i = 0; i < count; ++i)
            for (size_t k = 0; k < data.cols && sizes[i] > 0; ++k)
                centers_.row(i)[k] = sums.row(i)[k] / static_cast<float>(sizes[i]);
    }
}

size_t Clusters::nearest(std::span<const float> x, size_t rank) const {
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < centers_.rows; ++i)
        order.emplace_back(distance2(x, centers_.view(i)), i);
    std::nth_element(order.begin(), order.begin() + static_cast<long>(rank), order.end());
    return order[rank].second;
}

}  // namespace bench
