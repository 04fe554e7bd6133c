// Rows of float32 vectors, and the metrics they are compared by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bench {

enum class Metric { kL2, kCosine, kInnerProduct };

// Parses l2, cosine or ip. Throws on any other word.
Metric parse_metric(const std::string& word);
const char* metric_name(Metric metric);

struct Matrix {
    size_t rows = 0;
    size_t cols = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(size_t n, size_t d) : rows(n), cols(d), values(n * d) {}

    float* row(size_t i) { return values.data() + i * cols; }
    const float* row(size_t i) const { return values.data() + i * cols; }
    std::span<const float> view(size_t i) const { return {row(i), cols}; }
};

}  // namespace bench
