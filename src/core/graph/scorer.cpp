#include "core/graph/scorer.hpp"

#include <algorithm>

namespace vectidx {

void Scorer::add_piece(const uint8_t* bytes, uint32_t from, uint32_t count) {
    if (layout_.storage() == Storage::Binary) {
        std::copy_n(bytes, count, own_ + from);
        return;
    }
    const FixedKernels& kernels = fixed_kernels();
    const auto* values = reinterpret_cast<const int8_t*>(bytes);
    distance2_ += kernels.l2_squared_high(query_.rotated.floats() + from, values, scale_, count);
    if (l1_ != nullptr) kernels.decode_high(values, scale_, count, l1_->vector().floats() + from);
}

float Scorer::key() const {
    if (layout_.storage() == Storage::Binary) return bit_key(own_);
    return distance2_ + query_.shift - norm2_;
}

float Scorer::whole(const StoredVector& x) {
    if (l1_ != nullptr) decode_values(layout_, x.values, x.scale, l1_->vector());
    if (layout_.storage() == Storage::Half || layout_.storage() == Storage::Sq8)
        return fixed_kernels().l2_squared(query_.rotated.floats(), x.values, x.scale,
                                          layout_.padded) +
               query_.shift - x.norm2;
    split_values(layout_, x.values, own_, refinement_);
    if (layout_.storage() == Storage::Binary) return bit_key(own_);
    return distance2_to_parts(layout_, query_.rotated.floats(), own_, refinement_, x.scale) +
           query_.shift - x.norm2;
}

float Scorer::whole(const uint8_t* own, float scale, float norm2) {
    if (l1_ != nullptr) {
        join_values(layout_, own, refinement_, values_);
        decode_values(layout_, values_, scale, l1_->vector());
    }
    return distance2_to_parts(layout_, query_.rotated.floats(), own, refinement_, scale) +
           query_.shift - norm2;
}

}  // namespace vectidx
