// The tile of bytes (tile_kernels.hpp) by hand, for the x86 targets where Highway 1.0 has no
// instruction for it: AVX-512 with VNNI.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

#if defined(__x86_64__)

// Values that one instruction sums up for a column; vectors are filled up with zeros to whole ones.
constexpr size_t kVnniGroup = 4;

size_t vnni_row_bytes(size_t n);
size_t vnni_panel_bytes(size_t n);
void vnni_pack_row(const int8_t* v, size_t n, void* row);
void vnni_pack_column(const int8_t* v, size_t n, size_t column, void* panel);
void vnni_compare(const void* rows, size_t count, const void* panel, size_t n, float* out);

#endif

}  // namespace vectidx
