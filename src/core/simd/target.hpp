// Which SIMD instruction set the kernels use. Chosen from the CPU at first use; a test may force
// one.
#pragma once

#include <cstddef>

namespace vectidx {

struct SimdTargets {
    static constexpr size_t kMax = 16;
    const char* name[kMax];
    size_t count;
};

// The targets that were compiled in and that this CPU can run, best first.
SimdTargets simd_targets();

// Makes every kernel use one of simd_targets(); nullptr goes back to the best one.
// Returns false, and changes nothing, when the name is not among them. Not thread-safe.
bool simd_use(const char* name);

// The name of the target in use.
const char* simd_current();

}  // namespace vectidx
