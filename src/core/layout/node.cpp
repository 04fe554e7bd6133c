#include "core/layout/node.hpp"

#include <algorithm>
#include <cstring>

#include "core/layout/stored_vector.hpp"

namespace vectidx {

bool NodeView::check_links(NodeId node_limit) const {
    const NodeHeader& h = header();
    if (!header_in_bounds()) return false;
    for (uint32_t i = 0; i < h.degree; ++i)
        if (ids()[i] >= node_limit) return false;
    return true;
}

uint32_t NodeView::list_checksum() const {
    return layout_->has_codes() ? 0 : checksum32(ids(), degree() * sizeof(NodeId), 0);
}

void NodeSlot::init(const NewNode& node) {
    std::memset(edit<uint8_t>(0), 0, layout_->slot_size);
    NodeHeader& h = header();
    h.state = node.tid_count > 0 ? NodeState::Live : NodeState::Tombstone;
    h.level = node.level;
    h.tid_count = node.tid_count;
    h.flags = node.flags;
    h.overflow_block = kNoBlock;
    h.scale = node.scale;
    h.norm2 = node.norm2;
    h.source_checksum = node.source_checksum;
    h.checksum = vector_checksum(node.values, node.scale, layout_->words);
    for (uint32_t k = 0; k < node.degree; ++k)
        set_link(k, node.links[k], node.codes + k * layout_->code_words());
    if (layout_->placement() == VectorPlacement::Inline)
        std::copy_n(node.values, layout_->padded, own_whole());
    else if (layout_->placement() == VectorPlacement::Split)
        for (uint32_t j = 0; j < layout_->padded; ++j)
            own_high()[j] = static_cast<int8_t>(node.values[j] >> 8);
    std::copy_n(node.tids, node.tid_count, tids());
}

void NodeSlot::set_link(uint32_t i, const Link& link, const uint64_t* bits) {
    edit<NodeId>(layout_->ids_at)[i] = link.id;
    if (layout_->has_codes()) {
        std::memcpy(code(i), bits, layout_->choice.code_bits / 8);
        edit<float>(layout_->add_at)[i] = link.terms.add;
        edit<Bfloat16>(layout_->scale_at)[i] = link.terms.scale;
    }
    set_bit(layout_->backfilled_at, i, link.backfilled);
    set_bit(layout_->tree_edges_at, i, link.tree_edge);
    if (i == header().degree) ++header().degree;
    header().list_checksum = list_checksum();
}

}  // namespace vectidx
