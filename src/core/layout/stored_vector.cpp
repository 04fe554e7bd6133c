#include "core/layout/stored_vector.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd/fixed_kernels.hpp"
#include "core/simd/float_kernels.hpp"

namespace vectidx {

namespace {

// What 16-bit rounding left of each value, in units of 1/256 of its step. In double precision: the
// quotient of two floats has no room for 24 bits and a rounding.
void encode_fine(const float* x, const int16_t* values, float scale, uint32_t n, int8_t* fine) {
    for (uint32_t j = 0; j < n; ++j) {
        const double left = scale > 0.0f ? static_cast<double>(x[j]) / static_cast<double>(scale) -
                                               static_cast<double>(values[j])
                                         : 0.0;
        fine[j] = static_cast<int8_t>(std::clamp(std::nearbyint(256.0 * left), -128.0, 127.0));
    }
}

}  // namespace

float encode_values(const NodeLayout& layout, VectorView vector, int16_t* values) {
    if (layout.storage() == Storage::Binary) {
        join_values(layout, vector.bits(), nullptr, values);
        return kBitsScale;
    }
    const float* x = vector.floats();
    const float scale = fixed_encode(x, layout.padded, values);
    if (layout.storage() == Storage::Sq8)
        for (uint32_t j = 0; j < layout.padded; ++j)
            values[j] = static_cast<int16_t>((values[j] & ~0xFF) | kSq8Low);
    if (layout.storage() == Storage::Full)
        encode_fine(x, values, scale, layout.padded,
                    reinterpret_cast<int8_t*>(values + layout.padded));
    return scale;
}

void decode_values(const NodeLayout& layout, const int16_t* values, float scale,
                   VectorBuffer vector) {
    if (layout.storage() == Storage::Binary)
        return split_values(layout, values, vector.bits(), nullptr);
    float* x = vector.floats();
    if (layout.storage() != Storage::Full) return fixed_decode(values, scale, layout.padded, x);
    const int8_t* fine = fine_values(layout, values);
    for (uint32_t j = 0; j < layout.padded; ++j)
        x[j] = scale / 256.0f * static_cast<float>(values[j] * 256 + fine[j]);
}

void split_values(const NodeLayout& layout, const int16_t* values, uint8_t* own,
                  uint8_t* refinement) {
    const uint32_t n = layout.padded;
    if (layout.placement() == VectorPlacement::Inline) {
        std::memcpy(own, values, n * sizeof(int16_t));
    } else {
        for (uint32_t j = 0; j < n; ++j)
            own[j] = static_cast<uint8_t>(values[j] >> 8);
        for (uint32_t j = 0; j < n && !layout.single_bytes(); ++j)
            *refinement++ = static_cast<uint8_t>(values[j] & 0xFF);
    }
    if (layout.storage() == Storage::Full) std::memcpy(refinement, fine_values(layout, values), n);
}

void join_values(const NodeLayout& layout, const uint8_t* own, const uint8_t* refinement,
                 int16_t* values) {
    const uint32_t n = layout.padded;
    if (layout.placement() == VectorPlacement::Inline) {
        std::memcpy(values, own, n * sizeof(int16_t));
    } else if (layout.single_bytes()) {
        for (uint32_t j = 0; j < n; ++j)
            values[j] = static_cast<int16_t>(static_cast<int8_t>(own[j]) * 256 + kSq8Low);
    } else {
        fixed_join(reinterpret_cast<const int8_t*>(own), refinement, n, values);
        refinement += n;
    }
    if (layout.storage() == Storage::Full) std::memcpy(values + n, refinement, n);
}

float distance2_to_parts(const NodeLayout& layout, const float* q, const uint8_t* own,
                         const uint8_t* refinement, float scale) {
    const uint32_t n = layout.padded;
    const auto* high = reinterpret_cast<const int8_t*>(own);
    if (layout.storage() == Storage::Half)
        return fixed_kernels().l2_squared_split(q, high, refinement, scale, n);
    // 24 bits, which a float holds exactly.
    const bool in_line = layout.placement() == VectorPlacement::Inline;
    const auto* fine = reinterpret_cast<const int8_t*>(in_line ? refinement : refinement + n);
    constexpr uint32_t kChunk = 64;  // divides a padded length
    float x[kChunk];
    float sum = 0.0f;
    for (uint32_t from = 0; from < n; from += kChunk) {
        for (uint32_t j = 0; j < kChunk; ++j) {
            int16_t value;
            if (in_line)
                std::memcpy(&value, own + (from + j) * sizeof(value), sizeof(value));
            else
                value = static_cast<int16_t>(high[from + j] * 256 + refinement[from + j]);
            x[j] = scale / 256.0f * static_cast<float>(value * 256 + fine[from + j]);
        }
        sum += float_kernels().l2_squared(q + from, x, kChunk);
    }
    return sum;
}

}  // namespace vectidx
