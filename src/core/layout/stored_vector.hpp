// A node's own vector in its stored and in its traversal form.
#pragma once

#include <cstring>

#include "core/base/checksum.hpp"
#include "core/layout/node.hpp"
#include "core/vector/fixed_point.hpp"
#include "core/vector/vector_view.hpp"

namespace vectidx {

// A vector as the index keeps it, wherever it stands: in a node, among the rows of a build, on the
// pending list.
struct StoredVector {
    const int16_t* values;     // [NodeLayout::words], see encode_values()
    float scale;               // of the values
    float norm2;               // see NodeHeader
    uint32_t source_checksum;  // likewise
    uint8_t flags;             // likewise
};

// The low byte of every value where only the high one is kept.
constexpr uint8_t kSq8Low = 128;
// The scale of bit strings, which have none.
constexpr float kBitsScale = 1.0f;

// Encodes vector[padded] into values[layout.words] and returns their scale: int16_t[padded], of
// which the low bytes are kSq8Low with Storage::Sq8; with Storage::Full, int8_t[padded] follow:
// 1/256 of a step of the 16-bit value each. REQUIRES: its numbers are finite.
float encode_values(const NodeLayout& layout, VectorView vector, int16_t* values);

// The bytes below 16 bits. REQUIRES: Storage::Full.
inline const int8_t* fine_values(const NodeLayout& layout, const int16_t* values) {
    return reinterpret_cast<const int8_t*>(values + layout.padded);
}

// The step between two stored values of one dimension.
inline float stored_step(const NodeLayout& layout, float scale) {
    switch (layout.storage()) {
        case Storage::Half:
            break;
        case Storage::Sq8:
            return 256.0f * scale;
        case Storage::Full:
            return scale / 256.0f;
        case Storage::Binary:
            return 0.0f;
    }
    return scale;
}

// An upper bound of |x - the stored form of x|.
inline float stored_error(const NodeLayout& layout, float scale) {
    const float rounding = fixed_error(stored_step(layout, scale), layout.padded);
    // With Sq8 the value itself was rounded before; with Full it may have been rounded the wrong
    // way.
    return layout.storage() == Storage::Half  ? rounding
           : layout.storage() == Storage::Sq8 ? 1.004f * rounding
                                              : 4.0f * rounding;
}

// The standard deviation of what rounding takes from one value: 1/sqrt(12) of a step.
inline float stored_deviation(const NodeLayout& layout, float scale) {
    return 0.2887f * stored_step(layout, scale);
}

// All that is kept of a vector, into vector[padded].
void decode_values(const NodeLayout& layout, const int16_t* values, float scale,
                   VectorBuffer vector);

// The parts of a stored vector (layout.hpp): own_bytes() bytes in the slot or on Traversal pages,
// and refinement.bytes bytes on Refinement pages, the low bytes before the fine ones.
void split_values(const NodeLayout& layout, const int16_t* values, uint8_t* own,
                  uint8_t* refinement);
void join_values(const NodeLayout& layout, const uint8_t* own, const uint8_t* refinement,
                 int16_t* values);

// |q - x|^2 from both parts of x. REQUIRES: there is a refinement.
float distance2_to_parts(const NodeLayout& layout, const float* q, const uint8_t* own,
                         const uint8_t* refinement, float scale);

// The traversal form, as the graph sees the vector, from the bytes of the own vector (for
// OutOfLine, from the joined Traversal pieces): all 16 bits where the slot holds them (Inline),
// else the high bytes; a bit string as it is. Codes, edges and estimates are relative to it.
inline void traversal_from_bytes(const NodeLayout& layout, const void* bytes, float scale,
                                 VectorBuffer out) {
    if (layout.storage() == Storage::Binary)
        std::memcpy(out.bits(), bytes, layout.padded);
    else if (layout.placement() == VectorPlacement::Inline)
        fixed_decode(static_cast<const int16_t*>(bytes), scale, layout.padded, out.floats());
    else
        fixed_decode_high(static_cast<const int8_t*>(bytes), scale, layout.padded, out.floats());
}

// The same from one piece of it, bytes [from, from + count). REQUIRES: the placement is OutOfLine.
inline void traversal_from_piece(const NodeLayout& layout, const uint8_t* piece, uint32_t from,
                                 uint32_t count, float scale, VectorBuffer out) {
    if (layout.storage() == Storage::Binary)
        std::memcpy(out.bits() + from, piece, count);
    else
        fixed_decode_high(reinterpret_cast<const int8_t*>(piece), scale, count,
                          out.floats() + from);
}

// A neighbor's code and terms (encode_neighbor); none where the index has no codes.
inline NeighborTerms encode_link(const NodeLayout& layout, VectorView parent, VectorView child,
                                 float key_difference, uint64_t* code) {
    if (!layout.has_codes()) return {};
    return encode_neighbor(parent.floats(), child.floats(), layout.padded, layout.choice.code_bits,
                           key_difference, code);
}

// The same relative to the center of the space, as the directory and the entry points have it.
// `norm2`: see NodeHeader.
inline NeighborTerms encode_from_center(const NodeLayout& layout, VectorView vector, float norm2,
                                        Arena& arena, uint64_t* code) {
    const VectorBuffer center = VectorBuffer(arena, layout.padded).clear(layout.padded);
    const NeighborTerms terms = encode_link(layout, center, vector, -norm2, code);
    arena.free(center.floats());
    return terms;
}

// NodeHeader::checksum.
inline uint32_t vector_checksum(const int16_t* values, float scale, uint32_t words) {
    uint32_t seed;
    std::memcpy(&seed, &scale, sizeof(seed));
    return checksum32(values, words * sizeof(int16_t), seed);
}

}  // namespace vectidx
