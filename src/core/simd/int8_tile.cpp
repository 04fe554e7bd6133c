#include "core/simd/int8_tile.hpp"

#if defined(__x86_64__)

#include <cstring>
#include <immintrin.h>

#include "core/simd/tile_kernels.hpp"

// The instruction multiplies unsigned by signed bytes. Columns are packed as b + 128, so that the
// sum is <a, b> + 128 sum(a); a row keeps 128 sum(a) behind its values.

namespace vectidx {

namespace {

constexpr size_t kLanes = 16;  // columns of a vector: a panel has two vectors

size_t groups_of(size_t n) {
    return (n + kVnniGroup - 1) / kVnniGroup;
}

#define VECTIDX_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))

// A row's four values in every lane.
VECTIDX_VNNI inline __m512i broadcast(const uint8_t* values) {
    int32_t four;
    std::memcpy(&four, values, sizeof(four));
    return _mm512_set1_epi32(four);
}

// kRows is a constant, so that the sums stay in registers.
template <size_t kRows>
VECTIDX_VNNI void compare_rows(const uint8_t* rows, size_t row_bytes, const uint8_t* panel,
                               size_t groups, float* out) {
    __m512i sum[kRows][2];
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r)
        sum[r][0] = sum[r][1] = _mm512_setzero_si512();
    for (size_t g = 0; g < groups; ++g) {
        const __m512i b0 = _mm512_loadu_si512(panel + g * 2 * sizeof(__m512i));
        const __m512i b1 = _mm512_loadu_si512(panel + (g * 2 + 1) * sizeof(__m512i));
#pragma GCC unroll 8
        for (size_t r = 0; r < kRows; ++r) {
            const __m512i a = broadcast(rows + r * row_bytes + g * kVnniGroup);
            sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], b0, a);
            sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], b1, a);
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
        const __m512i excess = broadcast(rows + r * row_bytes + groups * kVnniGroup);
        // The masked form: GCC 12 takes the plain one for a use of an uninitialised variable.
        for (size_t half = 0; half < 2; ++half)
            _mm512_storeu_ps(
                out + r * kPanelColumns + half * kLanes,
                _mm512_maskz_cvtepi32_ps(0xFFFF, _mm512_sub_epi32(sum[r][half], excess)));
    }
}

}  // namespace

static_assert(kPanelColumns == 2 * kLanes);

size_t vnni_row_bytes(size_t n) {
    return groups_of(n) * kVnniGroup + sizeof(int32_t);
}

size_t vnni_panel_bytes(size_t n) {
    return groups_of(n) * kVnniGroup * kPanelColumns;
}

void vnni_pack_row(const int8_t* v, size_t n, void* row) {
    int32_t excess = 0;
    for (size_t j = 0; j < n; ++j)
        excess += 128 * v[j];
    auto* out = static_cast<uint8_t*>(row);
    std::memcpy(out, v, n);
    std::memset(out + n, 0, groups_of(n) * kVnniGroup - n);
    std::memcpy(out + groups_of(n) * kVnniGroup, &excess, sizeof(excess));
}

void vnni_pack_column(const int8_t* v, size_t n, size_t column, void* panel) {
    uint8_t* out = static_cast<uint8_t*>(panel) + column * kVnniGroup;
    for (size_t j = 0; j < n; j += kVnniGroup, out += kPanelColumns * kVnniGroup) {
        uint32_t group = 0;
        std::memcpy(&group, v + j, n - j < kVnniGroup ? n - j : kVnniGroup);
        group ^= 0x80808080;
        std::memcpy(out, &group, sizeof(group));
    }
}

VECTIDX_VNNI void vnni_compare(const void* rows, size_t count, const void* panel, size_t n,
                               float* out) {
    const auto* row = static_cast<const uint8_t*>(rows);
    const auto* columns = static_cast<const uint8_t*>(panel);
    const size_t bytes = vnni_row_bytes(n);
    for (; count >= 8; count -= 8, row += 8 * bytes, out += 8 * kPanelColumns)
        compare_rows<8>(row, bytes, columns, groups_of(n), out);
    for (; count >= 4; count -= 4, row += 4 * bytes, out += 4 * kPanelColumns)
        compare_rows<4>(row, bytes, columns, groups_of(n), out);
    for (; count > 0; --count, row += bytes, out += kPanelColumns)
        compare_rows<1>(row, bytes, columns, groups_of(n), out);
}

}  // namespace vectidx

#endif
