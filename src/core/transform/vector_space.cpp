#include "core/transform/vector_space.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/checksum.hpp"
#include "core/vector/power_transform.hpp"

namespace vectidx {

namespace {

// Longer vectors are scaled down: their squares would not fit in single precision.
constexpr double kLongest = 1e18;
// In a fixed order, so that it is the same on every CPU.
double norm2_of(const float* x, size_t n) {
    double sums[8] = {};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; ++k)
            sums[k] += static_cast<double>(x[i + k]) * static_cast<double>(x[i + k]);
    for (; i < n; ++i)
        sums[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    double sum = 0;
    for (double part : sums)
        sum += part;
    return sum;
}

}  // namespace

VectorSpace::VectorSpace(Metric metric, size_t dims, uint64_t seed, const float* center,
                         float max_norm2, Arena& arena, float embedding_error)
    : keys_(metric, max_norm2, embedding_error),
      rotation_(dims, seed, arena),
      center_(center),
      rotated_center_(nullptr),
      center_norm_(0.0f) {
    const double norm = center_ != nullptr ? std::sqrt(norm2_of(center_, dims)) : 0.0;
    // Next to a center out of reach, all vectors, which are scaled down, would look alike.
    if (!(norm <= kLongest)) center_ = nullptr;
    if (center_ == nullptr) return;
    center_norm_ = static_cast<float>(norm);
    auto* rotated = arena.alloc<float>(padded());
    rotation_.apply(center_, rotated);
    rotated_center_ = rotated;
}

void VectorSpace::copy_bits(const uint8_t* x, uint8_t* out) const {
    std::memcpy(out, x, dims());
    std::memset(out + dims(), 0, padded() - dims());
}

RotatedQuery VectorSpace::bit_query(const uint8_t* bits) const {
    // Jaccard distances of so few bits differ by at least 1 / bits^2, which single precision tells
    // apart. Distances of more bits may be equal after rounding though they are not.
    constexpr size_t kExactBytes = 512;
    RotatedQuery result{};
    result.rotated = VectorView(bits);
    result.unit = 1.0;
    const bool exact = keys_.metric() == Metric::Hamming || dims() <= kExactBytes;
    result.bit_rounding = exact ? 0.0f : kJaccardRounding;
    return result;
}

RotatedVector VectorSpace::prepare(VectorView given, VectorBuffer buffer) const {
    const size_t n = dims();
    if (compares_bits(keys_.metric())) {
        copy_bits(given.bits(), buffer.bits());
        return {buffer, 0.0f, checksum32(given.bits(), n, 0), false, true};
    }
    const float* x = given.floats();
    float* out = buffer.floats();
    RotatedVector result{buffer, 0.0f, checksum32(x, n * sizeof(float), 0), false, true};
    if (keys_.power_transformed()) {
        power_transform(x, n, out);
        x = out;
    }
    const double norm2 = norm2_of(x, n);
    const double norm = std::sqrt(norm2);
    double factor = 1.0;
    if (keys_.metric() == Metric::Cosine) {
        result.usable = norm > 0.0;
        factor = result.usable ? 1.0 / norm : 0.0;
    } else if (norm > kLongest) {
        result.scaled_down = true;
        factor = kLongest / norm;
    }
    if (keys_.metric() == Metric::InnerProduct)
        result.norm2 = static_cast<float>(std::min(norm2, kLongest * kLongest));
    for (size_t i = 0; i < n; ++i)
        out[i] = static_cast<float>(static_cast<double>(x[i]) * factor);
    if (center_ != nullptr)
        for (size_t i = 0; i < n; ++i)
            out[i] -= center_[i];
    rotation_.apply(out, out);
    return result;
}

float VectorSpace::restore(const Rotation& rotation, const float* center, float* x) {
    const size_t n = rotation.dims();
    rotation.undo(x);
    if (center != nullptr)
        for (size_t i = 0; i < n; ++i)
            x[i] += center[i];
    return inverse_power_transform(x, n);
}

StoredVector VectorSpace::store(const NodeLayout& layout, const RotatedVector& x,
                                int16_t* values) const {
    const float scale = encode_values(layout, x.rotated, values);
    return {values, scale, x.norm2, x.source_checksum, x.scaled_down ? kScaledDown : uint8_t{0}};
}

RotatedQuery VectorSpace::prepare_query(VectorView given, VectorBuffer buffer) const {
    const size_t n = dims();
    if (compares_bits(keys_.metric())) {
        copy_bits(given.bits(), buffer.bits());
        return bit_query(buffer.bits());
    }
    const float* q = given.floats();
    float* out = buffer.floats();
    if (keys_.power_transformed()) {
        power_transform(q, n, out);
        q = out;
    }
    const double norm = std::sqrt(norm2_of(q, n));
    const double max_norm = std::sqrt(static_cast<double>(keys_.max_norm2()));
    RotatedQuery result{};
    result.rotated = buffer;
    result.unit = 1.0;
    double factor = 1.0;
    if (keys_.metric() == Metric::L2 || keys_.metric() == Metric::L1) {
        result.scaled_down = norm > kLongest;
        if (result.scaled_down) factor = kLongest / norm;
    } else if (norm > 0.0) {
        const double target = keys_.metric() == Metric::Cosine || max_norm == 0.0 ? 1.0 : max_norm;
        factor = target / norm;
        // <#> is -<q, x> = (key - |q|^2 - M^2) / (2 factor); <=> is key / 2.
        result.unit = keys_.metric() == Metric::Cosine ? 0.5 : 0.5 / factor;
        if (keys_.metric() == Metric::InnerProduct) {
            result.shift = keys_.max_norm2();
            result.offset = static_cast<float>(target * target) + keys_.max_norm2();
            // Where the factor overflows, so would the operator's own sums.
            result.scaled_down = !(factor > 1e-30 && factor < 1e30);
        }
    }
    for (size_t i = 0; i < n; ++i)
        out[i] = static_cast<float>(static_cast<double>(q[i]) * factor);
    result.magnitude = static_cast<float>(norm * factor) + center_norm_;
    if (center_ != nullptr)
        for (size_t i = 0; i < n; ++i)
            out[i] -= center_[i];
    rotation_.apply(out, out);
    result.norm2 = static_cast<float>(norm2_of(out, padded()));
    return result;
}

RotatedQuery VectorSpace::query_for_node(VectorView rotated) const {
    if (compares_bits(keys_.metric())) return bit_query(rotated.bits());
    RotatedQuery result{};
    result.rotated = rotated;
    result.norm2 = static_cast<float>(norm2_of(rotated.floats(), padded()));
    result.magnitude = std::sqrt(result.norm2);
    result.unit = 1.0;
    return result;
}

RotatedQuery VectorSpace::query_from_stored(VectorView stored, float norm2,
                                            VectorBuffer buffer) const {
    if (compares_bits(keys_.metric())) {
        std::memcpy(buffer.bits(), stored.bits(), padded());
        return bit_query(buffer.bits());
    }
    float* out = buffer.floats();
    std::copy_n(stored.floats(), padded(), out);
    if (keys_.metric() == Metric::InnerProduct && norm2 > 0.0f) {
        // Scale the vector itself, not its difference from the center, to norm M.
        const float factor = std::sqrt(keys_.max_norm2() / norm2);
        for (size_t j = 0; j < padded(); ++j) {
            const float center = rotated_center_ != nullptr ? rotated_center_[j] : 0.0f;
            out[j] = factor * (out[j] + center) - center;
        }
    }
    RotatedQuery result = query_for_node(buffer);
    if (keys_.metric() == Metric::InnerProduct) result.shift = keys_.max_norm2();
    return result;
}

float VectorSpace::middle(VectorView first, VectorView second, VectorBuffer buffer) const {
    if (compares_bits(keys_.metric())) {
        for (size_t j = 0; j < padded(); ++j)
            buffer.bits()[j] = j % 2 == 0 ? first.bits()[j] : second.bits()[j];
        return 0.0f;
    }
    const float *a = first.floats(), *b = second.floats();
    float* out = buffer.floats();
    const auto center = [this](size_t j) {
        return rotated_center_ != nullptr ? rotated_center_[j] : 0.0f;
    };
    double norm2 = 0.0;
    for (size_t j = 0; j < padded(); ++j) {
        out[j] = 0.5f * (a[j] + b[j]);
        norm2 += static_cast<double>(out[j] + center(j)) * static_cast<double>(out[j] + center(j));
    }
    if (keys_.metric() == Metric::InnerProduct) return static_cast<float>(norm2);
    if (keys_.metric() != Metric::Cosine || norm2 == 0.0) return 0.0f;
    const auto factor = static_cast<float>(1.0 / std::sqrt(norm2));
    for (size_t j = 0; j < padded(); ++j)
        out[j] = factor * (out[j] + center(j)) - center(j);
    return 0.0f;
}

}  // namespace vectidx
