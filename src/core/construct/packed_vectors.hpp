// Vectors in the form in which a build compares them with each other.
//
// With many dimensions the high bytes of the fixed-point values are enough (a graph built on them
// is within .002 of the recall of one built on floats) and several times as fast to compare. With
// few, neighbors are nearer to each other than that rounding, and floats cost no more. Bit strings
// are compared as they are.
#pragma once

#include "core/construct/rows.hpp"
#include "core/transform/vector_space.hpp"

namespace vectidx {

class PackedVectors {
  public:
    // What an edge needs beside the values.
    struct Terms {
        float step;    // 256 * scale
        float norm2;   // of the traversal vector
        float offset;  // so that <a, b> = step_a step_b (<high_a, high_b> + offset_a + offset_b)
        float edge;    // inner product: half of |x|^2, see VectorSpace::edge; else 0
    };
    enum class Form : uint8_t { Bytes, Floats, Bits };
    static Form form_of(bool bits, uint32_t padded);

    // Takes 16 bytes per row from the arena.
    PackedVectors(const Rows& rows, const VectorSpace& space, uint32_t padded, Arena& arena);

    // The same of some of the rows, which are numbered by their place in rows[].
    // REQUIRES: these are no sample, and both outlive it.
    PackedVectors sample(const NodeId* rows) const {
        PackedVectors some = *this;
        some.sample_ = rows;
        return some;
    }

    uint32_t padded() const { return padded_; }
    // Bytes of one packed vector.
    size_t size() const { return size_; }
    // Writes row i as a packed vector into out[size()].
    void write(uint32_t i, void* out) const;
    // The length of the edge between two packed vectors (VectorSpace::edge). Thread-safe.
    float distance(const void* a, const void* b) const { return distance_(a, b, this); }
    // The same from a packed vector to row i, in place.
    float distance_to(const void* a, uint32_t i) const;
    // Brings row i into the cache for distance_to() and write().
    void prefetch(uint32_t i) const {
        i = row_of(i);
        __builtin_prefetch(&terms_[i]);
        rows_->prefetch(i);
    }
    // The same as a plain function, `self` being the PackedVectors.
    using DistanceFn = float (*)(const void* a, const void* b, const void* self);
    DistanceFn distance_fn() const { return distance_; }

    // For kernels that compare many vectors at once (nearest_columns.hpp).
    Form form() const { return form_of(bits_, padded_); }
    const Terms& terms(uint32_t i) const { return terms_[row_of(i)]; }
    // Of all that is stored of row i: the same for an equal vector among other rows.
    uint32_t checksum(uint32_t i) const { return rows_->row(row_of(i)).checksum; }
    // REQUIRES: form() is Bytes.
    const int8_t* bytes(uint32_t i) const { return rows_->high(row_of(i)); }
    // Into out[padded()]. REQUIRES: form() is Floats.
    void floats(uint32_t i, float* out) const;
    float factor() const { return factor_; }
    float constant() const { return constant_; }

  private:
    uint32_t row_of(uint32_t i) const { return sample_ == nullptr ? i : sample_[i]; }
    static float byte_distance(const void* a, const void* b, const void* self);
    static float float_distance(const void* a, const void* b, const void* self);
    static float bit_distance(const void* a, const void* b, const void* self);
    float byte_edge(const Terms& x, const int8_t* a, const Terms& y, const int8_t* b) const;
    Terms terms_of(uint32_t i) const;

    const Rows* rows_;
    const NodeId* sample_ = nullptr;  // the rows, where these are some of them
    KeySpace keys_;
    uint32_t padded_;
    bool bits_;
    bool bytes_;
    float factor_;    // of the squared distance in an edge: 1, or 1/2 for inner product
    float constant_;  // M^2 for inner product, else 0
    size_t size_;
    DistanceFn distance_;
    int32_t (*dot_)(const int8_t*, const int8_t*, size_t);
    float (*l2_squared_)(const float*, const float*, size_t);
    Terms* terms_;
};

}  // namespace vectidx
