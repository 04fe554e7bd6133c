// The space in which the graph lives: what happens to a vector between SQL and the index.
//
// Every metric is searched as a squared Euclidean distance, the *key*:
//
//   L2       key = |q - x|^2
//   cosine   key = |q - x|^2 of the unit vectors = 2 * (cosine distance)
//   inner    key = |q|^2 + M^2 - 2 <q, x> = |q - x|^2 + M^2 - |x|^2,
//   product  with M the largest norm and q scaled to norm M, so that it is not negative. M is a
//            constant of a scan: it changes no order.
//
// Edges between nodes are chosen by that distance too, for inner product by M^2 - <a, b> ("ip-NSW",
// Morozov and Babenko, NeurIPS 2018). Measured on text vectors with log-normal norms, 55 hops:
// recall .94; with the Euclidean distance of the lifted vectors (Bachrach et al., RecSys 2014) .51.
//
// Vectors are then centred (minus the mean at build time, which moves no distance and spares bits)
// and rotated (rotation.hpp). All this is the same on every CPU, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/arena.hpp"
#include "core/quant/rotation.hpp"

namespace vectidx {

enum class Metric : uint8_t { L2 = 1, InnerProduct = 2, Cosine = 3 };

// A vector on its way into the index.
struct Prepared {
    float* rotated;  // [padded]
    float norm2;     // inner product: |x|^2; else 0
    bool coarse;     // longer than single precision can square; scaled down
    bool usable;     // false: a zero vector under cosine, which has no direction
};

// A query as the search wants it.
struct PreparedQuery {
    const float* rotated;  // [padded]
    float norm2;           // |rotated|^2
    float magnitude;       // bounds the length of what was subtracted and added on the way
    float shift;           // M^2 for inner product, else 0
    float unit;  // operator's distance = (key - offset) * unit, or sqrt(key) * unit for L2
    float offset;
    bool coarse;  // as above: keys say nothing
};

// A key and how far it may be from the operator's distance, as keys.
struct KeyInterval {
    float low;
    float high;
};

class Space {
  public:
    // center: float[dims] or nullptr for zero. max_norm2: M^2, for inner product only.
    Space(Metric metric, size_t dims, uint64_t seed, const float* center, float max_norm2,
          Arena& arena);

    Metric metric() const { return metric_; }
    size_t dims() const { return rotation_.dims(); }
    size_t padded() const { return rotation_.padded(); }
    float max_norm2() const { return max_norm2_; }
    void set_max_norm2(float max_norm2) { max_norm2_ = max_norm2; }

    // x[dims] into out[padded]. REQUIRES: x is finite.
    Prepared prepare(const float* x, float* out) const;
    PreparedQuery prepare_query(const float* q, float* out) const;
    // A query for the neighbourhood of a vector that is in the space already. Its keys are
    // |q - x|^2 - norm2(x).
    PreparedQuery query_for_node(const float* rotated) const;
    // A query as prepare_query would make it of a vector that stands in the index, from its stored
    // form, into out[padded].
    PreparedQuery query_from_stored(const float* rotated, float norm2, float* out) const;

    // The length by which the graph judges an edge, from the squared distance of its ends.
    float edge(float distance2, float norm2_a, float norm2_b) const {
        return metric_ == Metric::InnerProduct ? max_norm2_ - 0.5f * (norm2_a + norm2_b - distance2)
                                               : distance2;
    }

    // The interval of keys within which the operator's distance lies, for a vector whose stored
    // form is `error` away from the original (a length) and measures `key`.
    KeyInterval interval(const PreparedQuery& q, float key, float norm2, float error) const;

    // The operator's distance for a key (<-> , <#> or <=>).
    double operator_distance(const PreparedQuery& q, float key) const;

  private:
    Metric metric_;
    Rotation rotation_;
    const float* center_;
    const float* rotated_center_;  // [padded], or nullptr with center_
    float center_norm_;
    float max_norm2_;
};

}  // namespace vectidx
