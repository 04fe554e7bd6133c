// The L1 distance of a query to vectors as the index stores them: rotated, centered,
// power-transformed.
#pragma once

#include "core/base/arena.hpp"
#include "core/transform/vector_space.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

class L1Distance {
  public:
    // query[dims], as given; it is copied, and so is what is needed of the space.
    L1Distance(const VectorSpace& space, const float* query, Arena& arena);

    // Where to write a rotated vector [padded] before measure() is called.
    VectorBuffer vector() { return vector_; }

    // The distance to vector(), which is overwritten, as an interval of final keys. `key` is its
    // traversal key, `error` a length by which it may be off from the original's rotated vector.
    KeyInterval measure(const RotatedQuery& q, float key, float error);
    // The same when it is off by random roundings with a standard deviation of `deviation` each.
    KeyInterval measure_rough(const RotatedQuery& q, float key, float deviation);

  private:
    // Overwrites vector(); gives the sum for power_transform_error().
    float distance(float* sum);

    Rotation rotation_;
    const float* center_;  // [dims], or nullptr
    const float* query_;   // [dims]
    VectorBuffer vector_;  // [padded]
};

}  // namespace vectidx
