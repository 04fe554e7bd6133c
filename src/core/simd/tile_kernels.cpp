#include "core/simd/tile_kernels.hpp"

#include "core/simd/int8_tile.hpp"
#include "core/simd/kernel_table.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/tile_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vectidx {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI32 = hn::ScalableTag<int32_t>;
using VI32 = hn::Vec<DI32>;

// How a tile's values are packed and compared. kGroup values of a vector are one step.

// Floats, squared distances.
struct Squares {
    using Value = float;
    using Packed = float;
    using Sum = V;
    static constexpr size_t kGroup = 1;
    static Sum zero() { return hn::Zero(D()); }
    static V load(const Packed* p) { return hn::LoadU(D(), p); }
    static V broadcast(const Packed* p) { return hn::Set(D(), *p); }
    static Sum step(Sum sum, V a, V b) {
        const V diff = hn::Sub(a, b);
        return hn::MulAdd(diff, diff, sum);
    }
    static V result(Sum sum) { return sum; }
};

#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
// Bytes, inner products: pairs of 16 bits, which an x86 instruction multiplies and adds.
struct Dots {
    using Value = int8_t;
    using Packed = int16_t;
    using Sum = VI32;
    using D16 = hn::Repartition<int16_t, DI32>;
    static constexpr size_t kGroup = 2;
    static Sum zero() { return hn::Zero(DI32()); }
    static hn::Vec<D16> load(const Packed* p) { return hn::LoadU(D16(), p); }
    static hn::Vec<D16> broadcast(const Packed* p) {
        int32_t pair;
        hwy::CopyBytes<sizeof(pair)>(p, &pair);
        return hn::BitCast(D16(), hn::Set(DI32(), pair));
    }
    static Sum step(Sum sum, hn::Vec<D16> a, hn::Vec<D16> b) {
        Sum none = hn::Zero(DI32());
        return hn::ReorderWidenMulAccumulate(DI32(), a, b, sum, none);
    }
    static V result(Sum sum) { return hn::ConvertTo(D(), sum); }
};
#else
// Bytes as floats, whose sums are exact up to 1,024 values.
struct Dots {
    using Value = int8_t;
    using Packed = float;
    using Sum = V;
    static constexpr size_t kGroup = 1;
    static Sum zero() { return hn::Zero(D()); }
    static V load(const Packed* p) { return hn::LoadU(D(), p); }
    static V broadcast(const Packed* p) { return hn::Set(D(), *p); }
    static Sum step(Sum sum, V a, V b) { return hn::MulAdd(a, b, sum); }
    static V result(Sum sum) { return sum; }
};
#endif

template <class Form>
size_t groups_of(size_t n) {
    return (n + Form::kGroup - 1) / Form::kGroup;
}

template <class Form>
size_t row_bytes(size_t n) {
    return groups_of<Form>(n) * Form::kGroup * sizeof(typename Form::Packed);
}

template <class Form>
size_t panel_bytes(size_t n) {
    return row_bytes<Form>(n) * kPanelColumns;
}

// The values of a group stand together, groups `stride` values apart.
template <class Form>
void pack(const typename Form::Value* v, size_t n, size_t stride, typename Form::Packed* out) {
    for (size_t g = 0; g < groups_of<Form>(n); ++g, out += stride)
        for (size_t k = 0; k < Form::kGroup; ++k) {
            const size_t j = g * Form::kGroup + k;
            out[k] = j < n ? static_cast<typename Form::Packed>(v[j]) : 0;
        }
}

template <class Form>
void pack_row(const typename Form::Value* v, size_t n, void* row) {
    pack<Form>(v, n, Form::kGroup, static_cast<typename Form::Packed*>(row));
}

template <class Form>
void pack_column(const typename Form::Value* v, size_t n, size_t column, void* panel) {
    pack<Form>(v, n, kPanelColumns * Form::kGroup,
               static_cast<typename Form::Packed*>(panel) + column * Form::kGroup);
}

template <class Form>
void store(typename Form::Sum sum0, typename Form::Sum sum1, float* out) {
    hn::StoreU(Form::result(sum0), D(), out);
    hn::StoreU(Form::result(sum1), D(), out + hn::Lanes(D()));
}

// Four rows and two vectors of columns: eight sums hide the latency. Rows that are not there are
// the last one again, and write nothing.
template <class Form>
void compare_four(const typename Form::Packed* const* rows, size_t count,
                  const typename Form::Packed* panel, size_t groups, float* out) {
    const size_t lanes = hn::Lanes(D());
    auto s00 = Form::zero(), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00,
         s31 = s00;
    for (size_t g = 0; g < groups; ++g, panel += kPanelColumns * Form::kGroup) {
        const auto b0 = Form::load(panel), b1 = Form::load(panel + lanes * Form::kGroup);
        const size_t at = g * Form::kGroup;
        const auto a0 = Form::broadcast(rows[0] + at);
        s00 = Form::step(s00, a0, b0);
        s01 = Form::step(s01, a0, b1);
        const auto a1 = Form::broadcast(rows[1] + at);
        s10 = Form::step(s10, a1, b0);
        s11 = Form::step(s11, a1, b1);
        const auto a2 = Form::broadcast(rows[2] + at);
        s20 = Form::step(s20, a2, b0);
        s21 = Form::step(s21, a2, b1);
        const auto a3 = Form::broadcast(rows[3] + at);
        s30 = Form::step(s30, a3, b0);
        s31 = Form::step(s31, a3, b1);
    }
    store<Form>(s00, s01, out);
    if (count > 1) store<Form>(s10, s11, out + kPanelColumns);
    if (count > 2) store<Form>(s20, s21, out + 2 * kPanelColumns);
    if (count > 3) store<Form>(s30, s31, out + 3 * kPanelColumns);
}

template <class Form>
void compare(const void* rows, size_t count, const void* panel, size_t n, float* out) {
    using Packed = typename Form::Packed;
    constexpr size_t kAtOnce = 4;
    const size_t groups = groups_of<Form>(n), lanes = hn::Lanes(D());
    const auto* first = static_cast<const Packed*>(rows);
    for (size_t r = 0; r < count; r += kAtOnce) {
        const size_t here = HWY_MIN(count - r, kAtOnce);
        const Packed* four[kAtOnce];
        for (size_t k = 0; k < kAtOnce; ++k)
            four[k] = first + (r + HWY_MIN(k, here - 1)) * groups * Form::kGroup;
        for (size_t c = 0; c < kPanelColumns; c += 2 * lanes)
            compare_four<Form>(four, here, static_cast<const Packed*>(panel) + c * Form::kGroup,
                               groups, out + r * kPanelColumns + c);
    }
}

// The bits of the lanes that are no longer than the limit.
uint32_t bits_within(V edges, V limit) {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(D(), hn::Le(edges, limit), bytes);
    // A read of more bytes than were written would wait for the write.
    return hn::Lanes(D()) > 8 ? static_cast<uint32_t>(bytes[0] | bytes[1] << 8) : bytes[0];
}

// The order of the operations is that of PackedVectors, none of them fused.
uint32_t edges_of_dots(float* HWY_RESTRICT values, const RowTerms& row, const PanelTerms& panel,
                       float limit) {
    const D d;
    uint32_t within = 0;
    for (size_t j = 0; j < kPanelColumns; j += hn::Lanes(d)) {
        const V sum = hn::Add(hn::Add(hn::LoadU(d, values + j), hn::Set(d, row.offset)),
                              hn::LoadU(d, panel.offset + j));
        const V steps = hn::Mul(hn::Set(d, 2.0f * row.step), hn::LoadU(d, panel.step + j));
        const V norms = hn::Add(hn::Set(d, row.norm2), hn::LoadU(d, panel.norm2 + j));
        const V distance2 = hn::Sub(norms, hn::Mul(steps, sum));
        const V longer =
            hn::Add(hn::Set(d, row.constant), hn::Mul(hn::Set(d, row.factor), distance2));
        const V edge = hn::Sub(hn::Sub(longer, hn::Set(d, row.edge)), hn::LoadU(d, panel.edge + j));
        hn::StoreU(edge, d, values + j);
        within |= bits_within(edge, hn::Set(d, limit)) << j;
    }
    return within;
}

uint32_t edges_of_squares(float* HWY_RESTRICT values, const RowTerms& row, const PanelTerms& panel,
                          float limit) {
    const D d;
    uint32_t within = 0;
    for (size_t j = 0; j < kPanelColumns; j += hn::Lanes(d)) {
        // The norm only tells columns that are not there.
        const V present = hn::Add(hn::LoadU(d, values + j), hn::LoadU(d, panel.norm2 + j));
        const V longer =
            hn::Add(hn::Set(d, row.constant), hn::Mul(hn::Set(d, row.factor), present));
        const V edge = hn::Sub(hn::Sub(longer, hn::Set(d, row.edge)), hn::LoadU(d, panel.edge + j));
        hn::StoreU(edge, d, values + j);
        within |= bits_within(edge, hn::Set(d, limit)) << j;
    }
    return within;
}

template <class Form>
constexpr TileForm<typename Form::Value> kForm = {row_bytes<Form>, panel_bytes<Form>,
                                                  pack_row<Form>, pack_column<Form>, compare<Form>};

#if HWY_ARCH_X86_64 && HWY_TARGET <= HWY_AVX3_DL
constexpr TileForm<int8_t> kBytes = {vnni_row_bytes, vnni_panel_bytes, vnni_pack_row,
                                     vnni_pack_column, vnni_compare};
#else
constexpr TileForm<int8_t> kBytes = kForm<Dots>;
#endif

VECTIDX_KERNEL_TABLE(TileKernels, table, kBytes, kForm<Squares>, edges_of_dots, edges_of_squares)

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace vectidx
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vectidx {

VECTIDX_DISPATCH(TileKernels, tile_kernels, table)

}  // namespace vectidx
#endif
