#include "core/simd/bit_kernels.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "core/base/random.hpp"

#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

struct Counts {
    uint64_t differ = 0, both = 0, either = 0;
};

Counts bit_by_bit(const uint8_t* a, const uint8_t* b, size_t bytes) {
    Counts counts;
    for (size_t i = 0; i < 8 * bytes; ++i) {
        const bool x = a[i / 8] >> i % 8 & 1, y = b[i / 8] >> i % 8 & 1;
        counts.differ += x != y;
        counts.both += x && y;
        counts.either += x || y;
    }
    return counts;
}

void check(const uint8_t* a, const uint8_t* b, size_t bytes) {
    const Counts counts = bit_by_bit(a, b, bytes);
    EXPECT_EQ(bit_kernels().hamming(a, b, bytes), counts.differ) << bytes;
    const Overlap overlap = bit_kernels().overlap(a, b, bytes);
    EXPECT_EQ(overlap.both, counts.both) << bytes;
    EXPECT_EQ(overlap.either, counts.either) << bytes;
}

TEST(BitKernelsTest, AgreeWithCountingBitByBit) {
    Random random(1);
    std::vector<uint8_t> a(8001), b(8001);
    for (size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<uint8_t>(random.below(256));
        b[i] = static_cast<uint8_t>(random.below(256));
    }
    for_each_target([&] {
        for (size_t bytes = 0; bytes < 300; ++bytes)  // from an odd address on
            check(a.data() + 1, b.data() + 1, bytes);
        check(a.data() + 1, b.data() + 1, 8000);
    });
}

TEST(BitKernelsTest, CountAllAndNone) {
    for_each_target([] {
        const std::vector<uint8_t> ones(8000, 0xff), zeros(8000);
        EXPECT_EQ(bit_kernels().hamming(ones.data(), zeros.data(), 8000), 64000u);
        EXPECT_EQ(bit_kernels().hamming(ones.data(), ones.data(), 8000), 0u);
        EXPECT_EQ(bit_kernels().overlap(ones.data(), zeros.data(), 8000).both, 0u);
        EXPECT_EQ(bit_kernels().overlap(ones.data(), zeros.data(), 8000).either, 64000u);
    });
}

}  // namespace
}  // namespace vectidx
