#include "pg/life/graph_rows.hpp"

#include <algorithm>
#include <cstring>

namespace vectidx {

GraphRows::GraphRows(Relation index, IndexState& state, Arena& arena)
    : index_(index),
      store_(index, state, WriteMode::Logged, arena),
      layout_(state.layout),
      meta_(state.meta()),
      page_(arena.alloc<char>(BLCKSZ)),
      header_{},
      values_(arena.alloc<int16_t>(layout_.padded)),
      high_(arena.alloc<int8_t>(layout_.padded)),
      low_(arena.alloc<uint8_t>(layout_.padded)),
      tids_(arena) {}

// Copies the next links page that has nodes.
bool GraphRows::next_page() {
    const uint32_t per_group = layout_.steering.first_page;  // steering follows the links
    for (slots_ = 0; slots_ == 0; ++next_page_) {
        CHECK_FOR_INTERRUPTS();
        const uint32_t group = next_page_ / per_group, page = next_page_ % per_group;
        if (group >= meta_.header.groups || group > meta_.header.fill_group) return false;
        owner_ = group * layout_.group_nodes + page * layout_.links.slots_per_page;
        const BlockNumber block = group_block(meta_, group, layout_.group_pages) + page;
        const Buffer buffer = ReadBuffer(index_, block);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        const char* from = BufferGetPage(buffer);
        if (!PageIsNew(const_cast<char*>(from))) {
            check_locked(index_, buffer, {PageKind::Links, meta_.header.generation, owner_});
            slots_ = (page_end(from) - static_cast<uint32_t>(kPayloadAt)) / layout_.slot_size;
            std::memcpy(page_, from, BLCKSZ);
        }
        UnlockReleaseBuffer(buffer);
    }
    next_slot_ = 0;
    return true;
}

bool GraphRows::next() {
    for (;;) {
        while (next_slot_ == slots_)
            if (!next_page()) return false;
        const NodeView node(layout_, page_ + kPayloadAt + size_t{next_slot_} * layout_.slot_size);
        if (!node.sane()) report_corruption(index_, next_page_, "a node makes no sense");
        ++next_slot_;
        if (!node.live()) continue;
        load();
        if (!tids_.empty()) return true;
    }
}

void GraphRows::load() {
    const NodeId id = owner_ + next_slot_ - 1;
    const NodeView node(layout_, page_ + kPayloadAt + size_t{next_slot_ - 1} * layout_.slot_size);
    header_ = node.header();
    if (layout_.own_form() == OwnForm::Whole) {
        std::copy_n(node.own_whole(), layout_.padded, values_);
    } else {
        if (layout_.own_form() == OwnForm::Split)
            std::copy_n(node.own_high(), layout_.padded, high_);
        else
            store_.read_steering(id, [this](const uint8_t* bytes, uint32_t from, uint32_t count) {
                std::copy_n(reinterpret_cast<const int8_t*>(bytes), count, high_ + from);
            });
        store_.read_rest(id, [this](const uint8_t* bytes, uint32_t from, uint32_t count) {
            std::copy_n(bytes, count, low_ + from);
        });
        fixed_join(high_, low_, layout_.padded, values_);
    }
    tids_.clear();
    std::copy_n(node.tids(), header_.tid_count, tids_.extend(header_.tid_count));
    HeapTid more[kTidsPerSlot];
    for (ChainPosition at{header_.overflow_block, header_.overflow_slot}; !at.at_end();) {
        CHECK_FOR_INTERRUPTS();
        const uint32_t count = read_chain(index_, meta_.header.generation, id, &at, more);
        std::copy_n(more, count, tids_.extend(count));
    }
}

StoredVector GraphRows::vector() const {
    return {values_, header_.scale, header_.norm2, header_.original, header_.flags};
}

}  // namespace vectidx
