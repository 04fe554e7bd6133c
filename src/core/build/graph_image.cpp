#include "core/build/graph_image.hpp"

#include <algorithm>

#include "core/quant/fixed_point.hpp"

namespace vectidx {

GraphImage::GraphImage(const NodeLayout& layout, char* meta_page, uint32_t capacity, Arena& arena)
    : layout_(layout),
      meta_page_(meta_page),
      slots_(reinterpret_cast<uint8_t*>(
          arena.alloc<uint64_t>(size_t{capacity} * (layout.slot_size / 8)))),
      changed_(arena.alloc<uint8_t>(capacity)),
      extra_tids_(arena) {
    const size_t plane = size_t{capacity} * layout.padded;
    if (layout.own_form() == OwnForm::Apart) high_ = arena.alloc<int8_t>(plane);
    if (layout.own_form() != OwnForm::Whole) low_ = arena.alloc<uint8_t>(plane);
    std::fill_n(changed_, capacity, 0);
    std::memset(slots_, 0, size_t{capacity} * layout.slot_size);
}

NodeId GraphImage::append(const NewNode& node) {
    const NodeId id = nodes_++;
    NodeSlot(layout_, slot(id)).init(node);
    for (uint32_t j = 0; high_ != nullptr && j < layout_.padded; ++j)
        high(id)[j] = static_cast<int8_t>(node.values[j] >> 8);
    for (uint32_t j = 0; low_ != nullptr && j < layout_.padded; ++j)
        low(id)[j] = static_cast<uint8_t>(node.values[j] & 0xFF);
    return id;
}

void GraphImage::set_entry(uint32_t position, const Link& link, const uint64_t* code) {
    if (position >= header().entry_count) position = header().entry_count++;
    Entries(meta_page_, layout_.code_words()).set(position, link, code);
}

}  // namespace vectidx
