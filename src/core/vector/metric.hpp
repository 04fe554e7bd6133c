// The metrics of the index, and keys: the numbers by which a search orders nodes.
//
// Every metric is searched as a squared Euclidean distance, the *key*:
//
//   L2       key = |q - x|^2
//   cosine   key = |q - x|^2 of the unit vectors = 2 * (cosine distance)
//   inner    key = |q|^2 + M^2 - 2 <q, x> = |q - x|^2 + M^2 - |x|^2,
//   product  with M the largest norm and q scaled to norm M, so that it is not negative. M is a
//            constant of a scan: it changes no order.
//   L1       key = |q - x|^2 of the power-transformed vectors (power_transform.hpp) steers the
//            search. A node that was read gets its L1 distance as the final key, which orders the
//            results.
//   Hamming  key = the number of bits that differ, which is |q - x|^2 of the bits as numbers.
//   Jaccard  key = 1 - |q and x| / |q or x|, of which the root is a metric; 0 between two strings
//            without a set bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/vector/vector_view.hpp"

namespace vectidx {

enum class Metric : uint8_t {
    L2 = 1,
    InnerProduct = 2,
    Cosine = 3,
    L1 = 4,
    Hamming = 5,
    Jaccard = 6,
};

// Whether the vectors are bit strings. Their form everywhere (Storage::Binary) is their bytes, see
// VectorView.
constexpr bool compares_bits(Metric metric) {
    return metric == Metric::Hamming || metric == Metric::Jaccard;
}

// What single precision may lose, relative to the lengths involved: the rotation's some 40
// roundings per value, the stored scale, and the operator's own sum.
constexpr float kRelativeError = 4e-6f;
// The error of squares that are too small for all digits of single precision.
constexpr float kAbsoluteError = 1e-37f;

// The error of a Jaccard distance in single precision.
constexpr float kJaccardRounding = 1e-7f;

// A query as the search needs it (made by VectorSpace).
struct RotatedQuery {
    VectorView rotated;  // [padded]
    float norm2;         // |rotated|^2; bit strings: 0
    float magnitude;     // bounds the lengths that were added and subtracted on the way
    float bit_rounding;  // bit strings: what rounding may take from a key
    float shift;         // M^2 for inner product, else 0
    float offset;
    double unit;       // the operator's distance is (final key - offset) * unit; L2: sqrt(key)
    bool scaled_down;  // too long for single precision: keys say nothing
};

// Where the operator's distance lies, as keys.
struct KeyInterval {
    float low;
    float high;
};

// Bounds of keys that need no vectors.
class KeySpace {
  public:
    // embedding_error: see MetaHeader.
    KeySpace(Metric metric, float max_norm2, float embedding_error = 0.0f)
        : metric_(metric), max_norm2_(max_norm2), embedding_error_(embedding_error) {}

    Metric metric() const { return metric_; }
    float max_norm2() const { return max_norm2_; }
    void set_max_norm2(float max_norm2) { max_norm2_ = max_norm2; }

    // Whether the index has only an embedding of the vectors (vector/sketch.hpp), whose keys are
    // random around the true ones. Then final keys come from the rows themselves.
    bool embedded() const { return embedding_error_ > 0.0f; }
    // Whether vectors are power-transformed, so that final keys are not those that steer.
    bool power_transformed() const { return metric_ == Metric::L1 && !embedded(); }

    // The key of one vector [padded] for another where keys are symmetric, else |a - b|^2.
    float distance2(VectorView a, VectorView b, size_t padded) const;
    // The key between two bit strings of so many bytes. REQUIRES: compares_bits(metric()).
    float bit_key(const uint8_t* a, const uint8_t* b, size_t bytes) const;

    // The length by which the graph judges an edge, from the squared distance of its ends. For
    // inner product it is M^2 - <a, b> ("ip-NSW", Morozov and Babenko, NeurIPS 2018). Measured on
    // text vectors with log-normal norms, at 55 hops: recall .94; with the Euclidean distance of
    // the vectors lifted to equal norms (Bachrach et al., RecSys 2014) .51.
    float edge(float distance2, float norm2_a, float norm2_b) const {
        return metric_ == Metric::InnerProduct ? max_norm2_ - 0.5f * (norm2_a + norm2_b - distance2)
                                               : distance2;
    }

    // The interval of keys for a vector whose stored form measures `key` and is `error` (a length)
    // away from the original; norm2 as in NodeHeader.
    KeyInterval interval(const RotatedQuery& q, float key, float norm2, float error) const;

    // Embedded: the standard deviation of a traversal key from the final one.
    float key_error(const RotatedQuery& q, float key, float norm2) const;
    // The interval around the final key of a distance that the operator gave.
    KeyInterval interval_of_distance(const RotatedQuery& q, double distance) const;

    // The distance that the operator gives for a final key.
    double operator_distance(const RotatedQuery& q, float key) const;

  private:
    Metric metric_;
    float max_norm2_;
    float embedding_error_;
};

}  // namespace vectidx
