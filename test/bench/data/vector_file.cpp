#include "data/vector_file.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace bench {

namespace {

static_assert(std::endian::native == std::endian::little, "the files are read as they lie");

template <class Value, class ToFloat>
void read_values(std::ifstream& in, Matrix& matrix, ToFloat to_float) {
    std::vector<Value> row(matrix.cols);
    for (size_t i = 0; i < matrix.rows; ++i) {
        in.read(reinterpret_cast<char*>(row.data()),
                static_cast<std::streamsize>(row.size() * sizeof(Value)));
        std::transform(row.begin(), row.end(), matrix.row(i), to_float);
    }
}

}  // namespace

float half_to_float(uint16_t half) {
    const int exponent = (half >> 10) & 0x1f;
    const int mantissa = half & 0x3ff;
    float magnitude;
    if (exponent == 0) {
        magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    } else if (exponent == 31) {
        magnitude = mantissa == 0 ? INFINITY : NAN;
    } else {
        magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    }
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

Matrix read_vector_file(const std::string& path, size_t row_limit) {
    std::ifstream in(path, std::ios::binary);
    uint32_t header[2] = {0, 0};
    in.read(reinterpret_cast<char*>(header), sizeof(header));
    if (!in) throw std::runtime_error("cannot read " + path);
    const size_t rows = row_limit == 0 ? header[0] : std::min<size_t>(header[0], row_limit);
    Matrix matrix(rows, header[1]);
    if (path.ends_with(".u8bin")) {
        read_values<uint8_t>(in, matrix, [](uint8_t v) { return static_cast<float>(v); });
    } else if (path.ends_with(".f16bin")) {
        read_values<uint16_t>(in, matrix, half_to_float);
    } else if (path.ends_with(".f32bin")) {
        read_values<float>(in, matrix, [](float v) { return v; });
    } else {
        throw std::runtime_error(path + ": expected a name ending in .u8bin, .f16bin or .f32bin");
    }
    if (!in) throw std::runtime_error(path + " is shorter than its header says");
    return matrix;
}

}  // namespace bench
