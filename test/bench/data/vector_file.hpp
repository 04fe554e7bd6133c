// Vector files: a header of two little-endian uint32 (rows, columns), then the values row by row.
#pragma once

#include "data/matrix.hpp"

namespace bench {

// The name's ending gives the value type: .u8bin, .f16bin (IEEE half) or .f32bin.
// Reads the first row_limit rows, all of them when it is 0. Throws std::runtime_error.
Matrix read_vector_file(const std::string& path, size_t row_limit);

float half_to_float(uint16_t half);

}  // namespace bench
