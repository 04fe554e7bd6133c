// A node's own vector in its stored and in its steering form.
#pragma once

#include <cstring>

#include "core/base/checksum.hpp"
#include "core/format/node.hpp"
#include "core/quant/fixed_point.hpp"

namespace vectidx {

// A vector as the index keeps it, wherever it stands: in a node, among the rows of a build, on the
// pending list.
struct StoredVector {
    const int16_t* values;  // [padded], fixed point
    float scale;            // of the values
    float norm2;            // see NodeHeader
    uint32_t original;      // likewise
    uint8_t flags;          // likewise
};

// The steering form of fixed-point values, as the graph sees the vector: all 16 bits where the slot
// holds them (Whole), else the high bytes. Codes, edges and estimates are relative to it.
inline void steering_from_values(const NodeLayout& layout, const int16_t* values, float scale,
                                 float* out) {
    if (layout.own_form() == OwnForm::Whole) return fixed_decode(values, scale, layout.padded, out);
    for (uint32_t j = 0; j < layout.padded; ++j)
        out[j] = scale * (256.0f * static_cast<float>(values[j] >> 8) + kLowMiddle);
}

// The bytes of the steering form in a node's slot. REQUIRES: not Apart.
inline uint32_t steering_bytes(const NodeLayout& layout) {
    return layout.own_form() == OwnForm::Whole ? 2 * layout.padded : layout.padded;
}

// The steering form from such bytes; for Apart, from the joined Steering pieces.
inline void steering_from_bytes(const NodeLayout& layout, const void* bytes, float scale,
                                float* out) {
    if (layout.own_form() == OwnForm::Whole)
        fixed_decode(static_cast<const int16_t*>(bytes), scale, layout.padded, out);
    else
        fixed_decode_high(static_cast<const int8_t*>(bytes), scale, layout.padded, out);
}

// NodeHeader::checksum.
inline uint32_t vector_checksum(const int16_t* values, float scale, uint32_t padded) {
    uint32_t seed;
    std::memcpy(&seed, &scale, sizeof(seed));
    return checksum32(values, padded * sizeof(int16_t), seed);
}

}  // namespace vectidx
