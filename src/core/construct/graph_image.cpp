#include "core/construct/graph_image.hpp"

#include <algorithm>

#include "core/base/huge_pages.hpp"

namespace vectidx {

GraphImage::GraphImage(const NodeLayout& layout, char* meta_page, uint32_t capacity, Arena& arena)
    : layout_(layout),
      meta_page_(meta_page),
      slots_(reinterpret_cast<uint8_t*>(
          arena.alloc<uint64_t>(size_t{capacity} * (layout.slot_size / 8)))),
      traversal_(arena.alloc<uint8_t>(size_t{capacity} * layout.traversal.bytes)),
      refinement_(arena.alloc<uint8_t>(size_t{capacity} * layout.refinement.bytes)),
      own_(arena.alloc<uint8_t>(layout.own_bytes())),
      changed_(arena.alloc<uint8_t>(capacity)),
      extra_tids_(arena) {
    std::fill_n(changed_, capacity, 0);
    use_huge_pages(slots_, size_t{capacity} * layout.slot_size);
    std::memset(slots_, 0, size_t{capacity} * layout.slot_size);
}

NodeId GraphImage::append(const NewNode& node) {
    const NodeId id = nodes_++;
    NodeSlot(layout_, slot(id)).init(node);
    const bool out_of_line = layout_.placement() == VectorPlacement::OutOfLine;
    split_values(layout_, node.values, out_of_line ? traversal(id) : own_, refinement(id));
    return id;
}

bool GraphImage::set_entry(uint32_t position, const Link& link, const uint64_t* code) {
    if (position >= header().entry_count) position = header().entry_count++;
    Entries(meta_page_, layout_.code_words()).set(position, link, code);
    return true;
}

}  // namespace vectidx
