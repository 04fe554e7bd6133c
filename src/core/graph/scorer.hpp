// The keys of nodes and rows for one query, from whatever form of the vector is at hand.
//
// A traversal key takes what the slot or the Traversal pages have: all bits of a bit string, 16
// bits of a value, or the high byte of each. The key of a whole vector takes the refinement, too.
#pragma once

#include "core/base/arena.hpp"
#include "core/layout/node.hpp"
#include "core/layout/stored_vector.hpp"
#include "core/simd/fixed_kernels.hpp"
#include "core/transform/l1_distance.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

class Scorer {
  public:
    // `l1` gets the vectors that its intervals are measured from; nullptr for other orders.
    Scorer(const KeySpace& space, const NodeLayout& layout, const RotatedQuery& query,
           L1Distance* l1, Arena& arena)
        : space_(space),
          layout_(layout),
          query_(query),
          l1_(l1),
          out_of_line_(layout.placement() == VectorPlacement::OutOfLine),
          own_(arena.alloc<uint8_t>(layout.own_bytes())),
          refinement_(arena.alloc<uint8_t>(layout.refinement.bytes)),
          values_(arena.alloc<int16_t>(layout.words)) {}

    // Whether traversal keys come from pages of their own.
    bool out_of_line() const { return out_of_line_; }

    // The traversal key of a node by its slot. REQUIRES: !out_of_line().
    float in_slot(const NodeView& node) const {
        if (layout_.storage() == Storage::Binary) return bit_key(node.own());
        const FixedKernels& kernels = fixed_kernels();
        const NodeHeader& h = node.header();
        const float* q = query_.rotated.floats();
        const float distance2 =
            layout_.placement() == VectorPlacement::Inline
                ? kernels.l2_squared(q, node.own_whole(), h.scale, layout_.padded)
                : kernels.l2_squared_high(q, node.own_high(), h.scale, layout_.padded);
        return distance2 + query_.shift - h.norm2;
    }

    // The traversal key of a node by its Traversal pages: start(), add_piece() for every piece, in
    // order, then key(). REQUIRES: out_of_line().
    void start(float scale, float norm2) {
        scale_ = scale;
        norm2_ = norm2;
        distance2_ = 0.0f;
    }
    void add_piece(const uint8_t* bytes, uint32_t from, uint32_t count);
    float key() const;

    // Hands the vector of a slot to the L1 order. REQUIRES: !out_of_line().
    void show_slot(const NodeView& node) {
        if (l1_ != nullptr)
            traversal_from_bytes(layout_, node.own(), node.header().scale, l1_->vector());
    }

    // The key of all that is stored of a vector, which the L1 order gets.
    float whole(const StoredVector& x);
    // The same from own[own_bytes()] and refinement() of a node.
    float whole(const uint8_t* own, float scale, float norm2);

    // Memory for one node's bytes of either kind.
    uint8_t* own() { return own_; }
    uint8_t* refinement() { return refinement_; }

  private:
    float bit_key(const uint8_t* bits) const {
        return space_.bit_key(query_.rotated.bits(), bits, layout_.padded);
    }

    const KeySpace& space_;
    const NodeLayout& layout_;
    const RotatedQuery& query_;
    L1Distance* l1_;
    bool out_of_line_;
    uint8_t* own_;         // [own_bytes()]
    uint8_t* refinement_;  // [refinement.bytes]
    int16_t* values_;      // [words]
    float scale_ = 0.0f;
    float norm2_ = 0.0f;
    float distance2_ = 0.0f;
};

}  // namespace vectidx
