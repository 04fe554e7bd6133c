// PostgreSQL's binary formats for what the driver sends and receives: int4, vector, COPY rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace bench {

void append_int16(std::string& out, int16_t value);
void append_int32(std::string& out, int32_t value);

// The vector types' send format: int16 dimensions, int16 zero, then the float4 values.
void append_vector(std::string& out, std::span<const float> values);

// COPY ... WITH (FORMAT binary) of a table (id int4, v vector).
void append_copy_header(std::string& out);
void append_copy_row(std::string& out, int32_t id, std::span<const float> values);
void append_copy_trailer(std::string& out);

// REQUIRES: bytes has 4 (8) bytes.
int32_t read_int32(const char* bytes);
int64_t read_int64(const char* bytes);

}  // namespace bench
