#include "pg/maintain/graph_rows.hpp"

#include <algorithm>
#include <cstring>

namespace vectidx {

bool LinksPages::next() {
    const uint32_t per_group = layout_.traversal.first_page;  // traversal follows the links
    for (count_ = 0; count_ == 0; ++next_) {
        CHECK_FOR_INTERRUPTS();
        const uint32_t group = next_ / per_group, page = next_ % per_group;
        if (group >= meta_.header.groups || group > meta_.header.fill_group) return false;
        first_node_ = group * layout_.group_nodes + layout_.first_node(page);
        block_ = group_block(meta_, group, layout_.group_pages) + page;
        const Buffer buffer = ReadBuffer(index_, block_);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        const char* from = BufferGetPage(buffer);
        const char* fault = nullptr;
        if (!PageIsNew(const_cast<char*>(from))) {
            fault = page_fault(from, {PageKind::Links, meta_.header.generation, first_node_});
            count_ = (page_end(from) - static_cast<uint32_t>(kPayloadAt)) / layout_.slot_size;
            std::memcpy(page_, from, BLCKSZ);
        }
        UnlockReleaseBuffer(buffer);
        if (fault != nullptr) report_corruption(index_, block_, fault);
    }
    return true;
}

NodeView LinksPages::node(uint32_t i) const {
    const NodeView view(layout_, page_ + kPayloadAt + size_t{i} * layout_.slot_size);
    if (!view.header_in_bounds()) report_corruption(index_, block_, "invalid node header");
    return view;
}

GraphRows::GraphRows(Relation index, IndexState& state, Arena& arena)
    : store_(index, state, WriteMode::Logged, arena),
      layout_(state.layout),
      pages_(index, state, arena),
      header_{},
      values_(arena.alloc<int16_t>(layout_.words)),
      traversal_(arena.alloc<uint8_t>(layout_.traversal.bytes)),
      refinement_(arena.alloc<uint8_t>(layout_.refinement.bytes)),
      tids_(arena) {}

bool GraphRows::next() {
    for (;;) {
        while (next_slot_ == pages_.count()) {
            if (!pages_.next()) return false;
            next_slot_ = 0;
        }
        const uint32_t slot = next_slot_++;
        const NodeView node = pages_.node(slot);
        if (!node.live()) continue;
        load(pages_.first_node() + slot, node);
        if (!tids_.empty()) return true;
    }
}

void GraphRows::load(NodeId id, const NodeView& node) {
    id_ = id;
    header_ = node.header();
    const bool out_of_line = layout_.placement() == VectorPlacement::OutOfLine;
    auto copy_to = [](uint8_t* to) {
        return [to](const uint8_t* bytes, uint32_t from, uint32_t count) {
            std::copy_n(bytes, count, to + from);
        };
    };
    if (out_of_line && !store_.read_traversal(id, copy_to(traversal_))) store_.report();
    if (layout_.refinement.bytes > 0 && !store_.read_refinement(id, copy_to(refinement_)))
        store_.report();
    join_values(layout_, out_of_line ? traversal_ : node.own(), refinement_, values_);
    tids_.clear();
    std::copy_n(node.tids(), header_.tid_count, tids_.extend(header_.tid_count));
    HeapTid more[kTidsPerSlot];
    for (ChainPosition at{header_.overflow_block, header_.overflow_slot}; !at.at_end();) {
        CHECK_FOR_INTERRUPTS();
        uint32_t count = 0;
        if (!store_.read_chain(id, &at, more, &count)) store_.report();
        std::copy_n(more, count, tids_.extend(count));
    }
}

StoredVector GraphRows::vector() const {
    return {values_, header_.scale, header_.norm2, header_.source_checksum, header_.flags};
}

}  // namespace vectidx
