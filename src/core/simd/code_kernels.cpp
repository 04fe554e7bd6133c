#include "core/simd/code_kernels.hpp"

#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/code_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kPlanes = kQueryPlanes;
constexpr size_t kSums = 16;  // of residual(), see there

// Horner's scheme over the planes, from the highest (negative) one down, for one vector of words.
template <class D>
hn::Vec<D> weighted_popcount(D d, hn::Vec<D> code, const uint64_t* HWY_RESTRICT planes,
                             size_t words) {
    auto sum = hn::Neg(hn::BitCast(
        hn::RebindToSigned<D>(),
        hn::PopulationCount(hn::And(code, hn::LoadU(d, planes + (kPlanes - 1) * words)))));
    for (size_t b = kPlanes - 1; b-- > 0;) {
        const auto ones = hn::PopulationCount(hn::And(code, hn::LoadU(d, planes + b * words)));
        sum = hn::Add(hn::Add(sum, sum), hn::BitCast(hn::RebindToSigned<D>(), ones));
    }
    return hn::BitCast(d, sum);
}

// The words [w, end) that fill whole vectors of D, for one code; returns where it stopped.
template <class D>
size_t add_words(D d, const uint64_t* HWY_RESTRICT code, const uint64_t* HWY_RESTRICT planes,
                 size_t words, size_t w, int64_t* sum) {
    const size_t lanes = hn::Lanes(d);
    if (w + lanes > words) return w;
    const hn::RebindToSigned<D> ds;
    auto total = hn::Zero(ds);
    for (; w + lanes <= words; w += lanes)
        total = hn::Add(total, hn::BitCast(ds, weighted_popcount(d, hn::LoadU(d, code + w),
                                                                 planes + w, words)));
    *sum += hn::GetLane(hn::SumOfLanes(ds, total));
    return w;
}

#if HWY_TARGET != HWY_SCALAR
// Short codes: several of them fill one vector, beside as many copies of the planes.
// REQUIRES: words divides the number of lanes of D.
template <class D>
size_t short_codes(D d, const uint64_t* HWY_RESTRICT codes, size_t count, size_t words,
                   const uint64_t* HWY_RESTRICT planes, int32_t* HWY_RESTRICT out) {
    const size_t lanes = hn::Lanes(d);
    constexpr size_t kMaxLanes = 8;
    uint64_t tiled[kPlanes * kMaxLanes];
    for (size_t b = 0; b < kPlanes; ++b)
        for (size_t i = 0; i < lanes; ++i)
            tiled[b * lanes + i] = planes[b * words + i % words];
    int64_t sums[kMaxLanes];
    const size_t per_vector = lanes / words;
    size_t i = 0;
    for (; i + per_vector <= count; i += per_vector) {
        const auto sum = weighted_popcount(d, hn::LoadU(d, codes + i * words), tiled, lanes);
        hn::StoreU(hn::BitCast(hn::RebindToSigned<D>(), sum), hn::RebindToSigned<D>(), sums);
        for (size_t k = 0; k < per_vector; ++k) {
            int64_t total = 0;
            for (size_t w = 0; w < words; ++w)
                total += sums[k * words + w];
            out[i + k] = static_cast<int32_t>(total);
        }
    }
    return i;
}
#endif

void plane_dots(const uint64_t* HWY_RESTRICT codes, size_t count, size_t words,
                const uint64_t* HWY_RESTRICT planes, int32_t* HWY_RESTRICT out) {
    const hn::CappedTag<uint64_t, 8> d8;
    size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    if (words < hn::Lanes(d8) && hn::Lanes(d8) % words == 0)
        i = short_codes(d8, codes, count, words, planes, out);
#endif
    for (; i < count; ++i) {
        const uint64_t* code = codes + i * words;
        int64_t sum = 0;
        [[maybe_unused]] size_t w = add_words(d8, code, planes, words, 0, &sum);
#if HWY_TARGET != HWY_SCALAR
        w = add_words(hn::CappedTag<uint64_t, 4>(), code, planes, words, w, &sum);
        w = add_words(hn::CappedTag<uint64_t, 2>(), code, planes, words, w, &sum);
        add_words(hn::CappedTag<uint64_t, 1>(), code, planes, words, w, &sum);
#endif
        out[i] = static_cast<int32_t>(sum);
    }
}

void combine(const int32_t* HWY_RESTRICT dots, const float* HWY_RESTRICT add,
             const Bfloat16* HWY_RESTRICT scale, size_t count, float delta, float half_sum, float y,
             float* HWY_RESTRICT out) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<int32_t, decltype(d)> d32;
    const hn::Rebind<uint16_t, decltype(d)> d16;
    const size_t lanes = hn::Lanes(d);
    size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const auto s =
            hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, scale + i))));
        const auto dot = hn::MulSub(hn::ConvertTo(d, hn::LoadU(d32, dots + i)), hn::Set(d, delta),
                                    hn::Set(d, half_sum));
        const auto base = hn::Add(hn::LoadU(d, add + i), hn::Set(d, y));
        hn::StoreU(hn::MulAdd(s, dot, base), d, out + i);
    }
    for (; i < count; ++i)
        out[i] =
            y + add[i] + from_bfloat16(scale[i]) * (static_cast<float>(dots[i]) * delta - half_sum);
}

// The mask of up to 16 lanes as bits.
template <class D, class M>
uint64_t mask_bits(D d, M mask) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, mask, bytes);
    return static_cast<uint64_t>(bytes[0]) | static_cast<uint64_t>(bytes[1]) << 8;
}

int64_t split_planes(const float* HWY_RESTRICT q, size_t bits, float inverse,
                     uint64_t* HWY_RESTRICT planes) {
    const hn::CappedTag<float, 16> d;
    const hn::RebindToSigned<decltype(d)> d32;
    const size_t lanes = hn::Lanes(d), words = bits / kWordBits;
    auto sum = hn::Zero(d32);
    for (size_t w = 0; w < words; ++w) {
        uint64_t plane[kPlanes] = {};
        for (size_t k = 0; k < kWordBits; k += lanes) {
            const auto u =
                hn::NearestInt(hn::Mul(hn::LoadU(d, q + w * kWordBits + k), hn::Set(d, inverse)));
            sum = hn::Add(sum, u);
            for (size_t b = 0; b < kPlanes; ++b)
                plane[b] |= mask_bits(d32, hn::TestBit(u, hn::Set(d32, 1 << b))) << k;
        }
        for (size_t b = 0; b < kPlanes; ++b)
            planes[b * words + w] = plane[b];
    }
    return hn::GetLane(hn::SumOfLanes(d32, sum));
}

// The sum of kSums partial sums, in a fixed order.
float sum_of(float* sums) {
    for (size_t half = kSums / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; ++k)
            sums[k] += sums[k + half];
    return sums[0];
}

// Partial sums are kept by position modulo kSums, whatever the width of a vector, and nothing is
// fused: every CPU gives the same bits, so that the checker can compare codes with what it computes
// itself (src/README.md, "Checking").
ResidualSums residual(const float* HWY_RESTRICT parent, const float* HWY_RESTRICT child, size_t n,
                      size_t bits, uint64_t* HWY_RESTRICT code) {
    const hn::CappedTag<float, kSums> d;
    constexpr size_t kLanes = hn::MaxLanes(d), kParts = kSums / kLanes;
    using V = hn::Vec<decltype(d)>;
    V square[kParts], absolute[kParts], signed_parent[kParts];
    for (size_t part = 0; part < kParts; ++part)
        square[part] = absolute[part] = signed_parent[part] = hn::Zero(d);
    for (size_t j = 0; j < bits; j += kWordBits) {
        uint64_t word = 0;
        for (size_t k = 0; k < kWordBits; k += kLanes) {
            const size_t part = k / kLanes % kParts;
            const auto p = hn::LoadU(d, parent + j + k);
            const auto r = hn::Sub(hn::LoadU(d, child + j + k), p);
            const auto positive = hn::Gt(r, hn::Zero(d));
            word |= mask_bits(d, positive) << k;
            square[part] = hn::Add(square[part], hn::Mul(r, r));
            absolute[part] = hn::Add(absolute[part], hn::Abs(r));
            signed_parent[part] =
                hn::Add(signed_parent[part], hn::IfThenElse(positive, p, hn::Neg(p)));
        }
        code[j / kWordBits] = word;
    }
    for (size_t j = bits; j < n; j += kLanes) {
        const size_t part = j / kLanes % kParts;
        const auto r = hn::Sub(hn::LoadU(d, child + j), hn::LoadU(d, parent + j));
        square[part] = hn::Add(square[part], hn::Mul(r, r));
    }
    float sums[3][kSums];
    for (size_t part = 0; part < kParts; ++part) {
        hn::StoreU(square[part], d, sums[0] + part * kLanes);
        hn::StoreU(absolute[part], d, sums[1] + part * kLanes);
        hn::StoreU(signed_parent[part], d, sums[2] + part * kLanes);
    }
    return {sum_of(sums[0]), sum_of(sums[1]), sum_of(sums[2])};
}

float signed_sum(const float* HWY_RESTRICT x, const uint64_t* HWY_RESTRICT code, size_t words) {
    const hn::CappedTag<float, 16> d;
    const size_t lanes = hn::Lanes(d);
    auto sum = hn::Zero(d);
    for (size_t w = 0; w < words; ++w)
        for (size_t k = 0; k < kWordBits; k += lanes) {
            uint8_t bits[8] = {};
            bits[0] = static_cast<uint8_t>(code[w] >> k);
            bits[1] = lanes > 8 ? static_cast<uint8_t>(code[w] >> (k + 8)) : uint8_t{0};
            const auto v = hn::LoadU(d, x + w * kWordBits + k);
            sum = hn::Add(sum, hn::IfThenElse(hn::LoadMaskBits(d, bits), v, hn::Neg(v)));
        }
    return hn::GetLane(hn::SumOfLanes(d, sum));
}

uint32_t hamming(const uint64_t* HWY_RESTRICT a, const uint64_t* HWY_RESTRICT b, size_t words) {
    const hn::ScalableTag<uint64_t> d;
    const size_t lanes = hn::Lanes(d);
    auto sum = hn::Zero(d);
    size_t w = 0;
    for (; w + lanes <= words; w += lanes)
        sum = hn::Add(sum, hn::PopulationCount(hn::Xor(hn::LoadU(d, a + w), hn::LoadU(d, b + w))));
    uint64_t total = hn::GetLane(hn::SumOfLanes(d, sum));
    for (; w < words; ++w)
        total += static_cast<uint64_t>(__builtin_popcountll(a[w] ^ b[w]));
    return static_cast<uint32_t>(total);
}

VECTIDX_KERNEL_TABLE(CodeKernels, table, split_planes, plane_dots, combine, residual, signed_sum,
                     hamming)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(CodeKernels, code_kernels, table)

}  // namespace vectidx
#endif
