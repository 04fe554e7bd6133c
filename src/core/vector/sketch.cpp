#include "core/vector/sketch.hpp"

#include <algorithm>

#include "core/base/random.hpp"

namespace vectidx {

namespace {

// One seed for all: a vector has the same sketch everywhere.
constexpr uint64_t kSeed = 0x736b657463686573;

float entry_of(float x, bool roots) {
    return roots ? std::copysign(std::sqrt(std::fabs(x)), x) : x;
}

struct Place {
    uint32_t at;
    bool negative;
};

Place place_of(int32_t dimension) {
    const uint64_t hash = Random(kSeed ^ static_cast<uint32_t>(dimension)).next();
    return {static_cast<uint32_t>((hash >> 32) * kSketchDims >> 32), (hash & 1) != 0};
}

}  // namespace

void sketch(const SparseFloats& x, uint32_t dims, bool roots, float* out) {
    std::fill_n(out, sketch_dims(dims), 0.0f);
    if (dims <= kSketchDims) {
        for (size_t i = 0; i < x.count; ++i)
            out[x.indices[i]] = x.values[i];
        return;
    }
    for (size_t i = 0; i < x.count; ++i) {
        const Place place = place_of(x.indices[i]);
        const float value = entry_of(x.values[i], roots);
        out[place.at] += place.negative ? -value : value;
    }
    // All may have canceled out, and the sum of values in one place have overflowed.
    bool zero = true;
    for (uint32_t j = 0; j < kSketchDims; ++j) {
        constexpr float kMost = 3e38f;
        out[j] = std::clamp(out[j], -kMost, kMost);
        zero = zero && out[j] == 0.0f;
    }
    if (zero && x.count > 0) out[place_of(x.indices[0]).at] = entry_of(x.values[0], roots);
}

}  // namespace vectidx
