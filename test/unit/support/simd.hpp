// Runs a test body once for every SIMD target of this CPU.
#pragma once

#include <gtest/gtest.h>

#include "core/simd/target.hpp"

namespace vectidx::test {

template <class F>
void for_each_target(F&& body) {
    const SimdTargets targets = simd_targets();
    for (size_t i = 0; i < targets.count; ++i) {
        SCOPED_TRACE(targets.name[i]);
        ASSERT_TRUE(simd_use(targets.name[i]));
        body();
    }
    simd_use(nullptr);
}

}  // namespace vectidx::test
