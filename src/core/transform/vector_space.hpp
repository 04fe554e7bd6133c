// The transform of a vector between SQL and the index.
//
// A vector is normalized (cosine) or power-transformed (L1), centered (minus the mean at build
// time, which moves no distance and spares bits) and rotated (rotation.hpp). All this is the same
// on every CPU, bit for bit. A bit string stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/arena.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/vector/metric.hpp"
#include "core/vector/rotation.hpp"

namespace vectidx {

// A vector on its way into the index.
struct RotatedVector {
    VectorView rotated;        // [padded]
    float norm2;               // inner product: |x|^2; else 0
    uint32_t source_checksum;  // checksum of x as given
    bool scaled_down;          // longer than single precision can square; scaled down
    bool usable;               // false: a zero vector under cosine, which has no direction
};

class VectorSpace {
  public:
    // center: float[dims] or nullptr for zero; one longer than 1e18 counts as zero. max_norm2: M^2,
    // for inner product only. embedding_error: see MetaHeader.
    VectorSpace(Metric metric, size_t dims, uint64_t seed, const float* center, float max_norm2,
                Arena& arena, float embedding_error = 0.0f);

    const KeySpace& keys() const { return keys_; }
    const Rotation& rotation() const { return rotation_; }
    const float* center() const { return center_; }  // [dims], or nullptr for zero
    void set_max_norm2(float max_norm2) { keys_.set_max_norm2(max_norm2); }
    size_t dims() const { return rotation_.dims(); }
    size_t padded() const { return rotation_.padded(); }

    // given[dims] into buffer[padded]. REQUIRES: its numbers are finite.
    RotatedVector prepare(VectorView given, VectorBuffer buffer) const;
    // The form in which the index keeps it, with values[layout.words].
    StoredVector store(const NodeLayout& layout, const RotatedVector& x, int16_t* values) const;
    RotatedQuery prepare_query(VectorView given, VectorBuffer buffer) const;
    // The inverse of prepare() for L1, in place: from x[padded] the vector [dims] as given, up to
    // rounding. Returns the sum for power_transform_error().
    float restore(float* x) const { return restore(rotation_, center_, x); }
    static float restore(const Rotation& rotation, const float* center, float* x);
    // A query for the neighborhood of a vector that is in the space already. Its keys are
    // |q - x|^2 - norm2(x).
    RotatedQuery query_for_node(VectorView rotated) const;
    // The query that prepare_query would make from a vector in the index, made from the stored form
    // of that vector, into buffer[padded].
    RotatedQuery query_from_stored(VectorView stored, float norm2, VectorBuffer buffer) const;

    // The vector between two that the index stores, both [padded], into buffer, which may be one
    // of them: their mean, of length 1 for cosine; of bit strings, bytes of either. Returns its
    // norm2 (see NodeHeader).
    float middle(VectorView first, VectorView second, VectorBuffer buffer) const;

  private:
    void copy_bits(const uint8_t* x, uint8_t* out) const;
    RotatedQuery bit_query(const uint8_t* bits) const;

    KeySpace keys_;
    Rotation rotation_;
    const float* center_;
    const float* rotated_center_;  // [padded], or nullptr with center_
    float center_norm_;
};

}  // namespace vectidx
