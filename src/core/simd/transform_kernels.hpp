// The two passes of a rotation. Both give the same bits on every SIMD target.
#pragma once

#include <cstddef>

namespace vectidx {

struct TransformKernels {
    // x[i] *= factor[i] for n values.
    void (*multiply)(float* x, const float* factor, size_t n);
    // In-place Walsh-Hadamard transform, not normalized: the norm grows by sqrt(n).
    // REQUIRES: n is a power of two and at least 16.
    void (*hadamard)(float* x, size_t n);
};

const TransformKernels& transform_kernels();

}  // namespace vectidx
