#include "pg/maintain/links_pages.hpp"

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

}  // namespace vectidx
