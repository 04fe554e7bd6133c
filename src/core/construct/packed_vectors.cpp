#include "core/construct/packed_vectors.hpp"

#include "core/simd/fixed_kernels.hpp"
#include "core/simd/float_kernels.hpp"
#include "core/vector/fixed_point.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kFewDimensions = 64;
constexpr float kMiddle = kLowMiddle / 256.0f;  // of the low byte, in units of the high one

}  // namespace

PackedVectors::Form PackedVectors::form_of(bool bits, uint32_t padded) {
    if (bits) return Form::Bits;
    return padded > kFewDimensions ? Form::Bytes : Form::Floats;
}

PackedVectors::PackedVectors(const Rows& rows, const VectorSpace& space, uint32_t padded,
                             Arena& arena)
    : rows_(&rows),
      keys_(space.keys()),
      padded_(padded),
      bits_(compares_bits(space.keys().metric())),
      bytes_(form_of(bits_, padded) != Form::Floats),
      factor_(space.keys().metric() == Metric::InnerProduct ? 0.5f : 1.0f),
      constant_(space.keys().metric() == Metric::InnerProduct ? space.keys().max_norm2() : 0.0f),
      size_(sizeof(Terms) + padded * (bytes_ ? sizeof(int8_t) : sizeof(float))),
      distance_(bits_    ? bit_distance
                : bytes_ ? byte_distance
                         : float_distance),
      dot_(fixed_kernels().dot_high),
      l2_squared_(float_kernels().l2_squared),
      terms_(arena.alloc<Terms>(rows.size())) {
    for (uint32_t i = 0; i < rows.size(); ++i)
        terms_[i] = terms_of(i);
}

PackedVectors::Terms PackedVectors::terms_of(uint32_t i) const {
    if (bits_) return {};
    const Row& row = rows_->row(i);
    const int8_t* high = rows_->high(i);
    int64_t sum = 0, squares = 0;
    for (uint32_t j = 0; j < padded_; ++j) {
        sum += high[j];
        squares += high[j] * high[j];
    }
    const auto n = static_cast<float>(padded_);
    const float step = 256.0f * row.scale;
    const float offset = kMiddle * static_cast<float>(sum) + 0.5f * n * kMiddle * kMiddle;
    const float norm2 = step * step * (static_cast<float>(squares) + 2.0f * offset);
    return {step, norm2, offset, 0.5f * row.norm2};
}

void PackedVectors::write(uint32_t i, void* out) const {
    std::memcpy(out, &terms(i), sizeof(Terms));
    auto* values = static_cast<uint8_t*>(out) + sizeof(Terms);
    if (bytes_) {
        std::memcpy(values, bytes(i), padded_);
        return;
    }
    floats(i, reinterpret_cast<float*>(values));
}

void PackedVectors::floats(uint32_t i, float* out) const {
    int16_t joined[2 * kFewDimensions];
    i = row_of(i);
    rows_->values(i, joined);
    fixed_decode(joined, rows_->row(i).scale, padded_, out);
}

float PackedVectors::distance_to(const void* a, uint32_t i) const {
    const auto& x = *static_cast<const Terms*>(a);
    if (bits_)
        return keys_.bit_key(reinterpret_cast<const uint8_t*>(&x + 1),
                             reinterpret_cast<const uint8_t*>(bytes(i)), padded_);
    if (bytes_) return byte_edge(x, reinterpret_cast<const int8_t*>(&x + 1), terms(i), bytes(i));
    alignas(float) uint8_t packed_vector[sizeof(Terms) + kFewDimensions * sizeof(float)];
    write(i, packed_vector);
    return float_distance(a, packed_vector, this);
}

float PackedVectors::byte_edge(const Terms& x, const int8_t* a, const Terms& y,
                               const int8_t* b) const {
    const auto dot = static_cast<float>(dot_(a, b, padded_));
    const float distance2 =
        x.norm2 + y.norm2 - 2.0f * x.step * y.step * (dot + x.offset + y.offset);
    return constant_ + factor_ * distance2 - x.edge - y.edge;
}

float PackedVectors::byte_distance(const void* a, const void* b, const void* self) {
    const auto& x = *static_cast<const Terms*>(a);
    const auto& y = *static_cast<const Terms*>(b);
    return static_cast<const PackedVectors*>(self)->byte_edge(
        x, reinterpret_cast<const int8_t*>(&x + 1), y, reinterpret_cast<const int8_t*>(&y + 1));
}

float PackedVectors::bit_distance(const void* a, const void* b, const void* self) {
    const auto& s = *static_cast<const PackedVectors*>(self);
    return s.keys_.bit_key(static_cast<const uint8_t*>(a) + sizeof(Terms),
                           static_cast<const uint8_t*>(b) + sizeof(Terms), s.padded_);
}

float PackedVectors::float_distance(const void* a, const void* b, const void* self) {
    const auto& s = *static_cast<const PackedVectors*>(self);
    const auto& x = *static_cast<const Terms*>(a);
    const auto& y = *static_cast<const Terms*>(b);
    const float distance2 = s.l2_squared_(reinterpret_cast<const float*>(&x + 1),
                                          reinterpret_cast<const float*>(&y + 1), s.padded_);
    return s.constant_ + s.factor_ * distance2 - x.edge - y.edge;
}

}  // namespace vectidx
