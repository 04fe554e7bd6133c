#include "core/transform/l1_distance.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd/float_kernels.hpp"
#include "core/vector/power_transform.hpp"

namespace vectidx {

namespace {

const float* copy_of(const float* x, size_t n, Arena& arena) {
    if (x == nullptr) return nullptr;
    auto* copy = arena.alloc<float>(n);
    std::copy_n(x, n, copy);
    return copy;
}

// The error of a power-transformed vector in single precision on its way through the rotation and
// back.
float rounding_of(const RotatedQuery& q, float key) {
    return kRelativeError * (q.magnitude + std::sqrt(std::max(0.0f, key)));
}

}  // namespace

L1Distance::L1Distance(const VectorSpace& space, const float* query, Arena& arena)
    : rotation_(space.rotation(), arena),
      center_(copy_of(space.center(), space.dims(), arena)),
      query_(copy_of(query, space.dims(), arena)),
      vector_(arena, space.padded()) {}

float L1Distance::distance(float* sum) {
    *sum = VectorSpace::restore(rotation_, center_, vector_.floats());
    return float_kernels().l1(query_, vector_.floats(), rotation_.dims());
}

KeyInterval L1Distance::measure(const RotatedQuery& q, float key, float error) {
    float sum;
    const float l1 = distance(&sum);
    const float e = power_transform_error(sum, rotation_.dims(), error + rounding_of(q, key)) +
                    kRelativeError * l1 + kAbsoluteError;
    return {l1 - e, l1 + e};
}

// Rotated back, roundings are about normal. A value that is off by e moves its magnitude by |e| at
// most, .8 of the deviation in the mean, and only up in the mean; sums of n of them scatter as
// sqrt(n).
KeyInterval L1Distance::measure_rough(const RotatedQuery& q, float key, float deviation) {
    float sum;
    const float l1 = distance(&sum);
    const size_t dims = rotation_.dims();
    const float root = std::sqrt(static_cast<float>(dims));
    const float all = power_transform_error(sum, dims, root * deviation);
    const float certain =
        power_transform_error(sum, dims, rounding_of(q, key)) + kRelativeError * l1;
    const float spread = 4.0f * all / root + certain + kAbsoluteError;
    return {l1 - 0.8f * all - spread, l1 + spread};
}

}  // namespace vectidx
