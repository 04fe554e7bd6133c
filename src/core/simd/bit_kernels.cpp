#include "core/simd/bit_kernels.hpp"

#include <cstring>

#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/bit_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<uint64_t>;
using V = hn::Vec<D>;

struct Xor {
    static V of(V a, V b) { return hn::Xor(a, b); }
    static uint64_t of(uint64_t a, uint64_t b) { return a ^ b; }
};

struct And {
    static V of(V a, V b) { return hn::And(a, b); }
    static uint64_t of(uint64_t a, uint64_t b) { return a & b; }
};

struct Or {
    static V of(V a, V b) { return hn::Or(a, b); }
    static uint64_t of(uint64_t a, uint64_t b) { return a | b; }
};

// `bytes` bytes, at most 8, and zeros.
uint64_t word(const uint8_t* p, size_t bytes) {
    uint64_t result = 0;
    std::memcpy(&result, p, bytes);
    return result;
}

// The number of bits set in Op::of(a, b).
template <class Op>
uint64_t count(const uint8_t* HWY_RESTRICT a, const uint8_t* HWY_RESTRICT b, size_t bytes) {
    constexpr size_t kWord = sizeof(uint64_t);
    uint64_t sum = 0;
    size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    const D d;
    const hn::Repartition<uint8_t, D> d8;
    const size_t step = hn::Lanes(d8);
    V ones = hn::Zero(d);
    for (; i + step <= bytes; i += step) {
        const V x = hn::BitCast(d, hn::LoadU(d8, a + i)), y = hn::BitCast(d, hn::LoadU(d8, b + i));
        ones = hn::Add(ones, hn::PopulationCount(Op::of(x, y)));
    }
    sum = hn::GetLane(hn::SumOfLanes(d, ones));
#endif
    for (; i + kWord <= bytes; i += kWord)
        sum += hwy::PopCount(Op::of(word(a + i, kWord), word(b + i, kWord)));
    if (i < bytes) sum += hwy::PopCount(Op::of(word(a + i, bytes - i), word(b + i, bytes - i)));
    return sum;
}

Overlap overlap(const uint8_t* a, const uint8_t* b, size_t bytes) {
    return {count<And>(a, b, bytes), count<Or>(a, b, bytes)};
}

VECTIDX_KERNEL_TABLE(BitKernels, table, count<Xor>, overlap)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(BitKernels, bit_kernels, table)

}  // namespace vectidx
#endif
