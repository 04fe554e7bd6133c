#include "pg/inspect/graph_reader.hpp"

#include <algorithm>
#include <cstring>

#include "pg/pages/index_state.hpp"

namespace vectidx {

bool copy_page(PageReader& pages, BlockNumber block, char* page) {
    Buffer buffer;
    if (!pages.pin(block, &buffer)) {
        std::memset(page, 0, BLCKSZ);
        return false;
    }
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    std::memcpy(page, BufferGetPage(buffer), BLCKSZ);
    UnlockReleaseBuffer(buffer);
    return true;
}

void copy_metapage(Relation index, char* page) {
    const Buffer buffer = ReadBuffer(index, kMetaBlock);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    std::memcpy(page, BufferGetPage(buffer), BLCKSZ);
    UnlockReleaseBuffer(buffer);
}

const char* frame_fault(const char* page) {
    const auto* header = reinterpret_cast<const PageHeaderData*>(page);
    const PageTag* tag = page_tag(page);
    if (header->pd_pagesize_version != (BLCKSZ | PG_PAGE_LAYOUT_VERSION))
        return "the page header is of another version of PostgreSQL";
    if (header->pd_flags != 0 || header->pd_prune_xid != 0)
        return "the page header has fields of a table's page";
    if ((tag->closed != 0 && tag->kind != PageKind::Pending) || tag->reserved2 != 0)
        return "reserved fields of the page are in use";
    if (tag->next != kNoBlock && tag->kind != PageKind::Pending && tag->kind != PageKind::Tids &&
        tag->kind != PageKind::DirectoryMap)
        return "a page outside of any chain has a next page";
    if (!std::all_of(page + header->pd_lower, page + header->pd_upper,
                     [](char byte) { return byte == 0; }))
        return "there are data beyond the end of the page's data";
    return nullptr;
}

GraphReader::GraphReader(Relation index, const char* page, const NodeLayout& layout)
    : layout_(layout),
      pages_(index, kMetaBlock, meta_of(page).header),
      own_(static_cast<uint8_t*>(palloc(layout.own_bytes()))),
      refinement_(static_cast<uint8_t*>(palloc(layout.refinement.bytes))) {
    std::memcpy(meta_page_, page, BLCKSZ);
}

bool GraphReader::in_range(NodeId id) {
    if (id >= node_limit()) refresh();
    return id < node_limit();
}

void GraphReader::refresh() {
    alignas(8) char page[BLCKSZ];
    if (!copy(kMetaBlock, kMetaIdentity, 0, BLCKSZ, page)) return;
    const auto& now = meta_of(page);
    NodeLayout layout;
    if (valid_meta(now, &layout) && now.header.choice == header().choice &&
        now.header.generation == header().generation) {
        std::memcpy(meta_page_, page, BLCKSZ);
        pages_.adopt(header());
    }
}

Spot GraphReader::spot(NodeId id) const {
    const uint32_t index = id % layout_.group_nodes;
    const BlockNo first = group_block(meta(), id / layout_.group_nodes, layout_.group_pages);
    return {first + layout_.place(layout_.links, index, 0).page,
            static_cast<int>(index % layout_.links.slots_per_page)};
}

bool GraphReader::copy(BlockNumber block, const PageIdentity& identity, uint32_t offset,
                       uint32_t bytes, void* out) {
    CHECK_FOR_INTERRUPTS();
    return pages_.read(block, identity, [&](const char* page) -> const char* {
        if (size_t{offset} + bytes > page_end(page)) return "the page ends before";
        std::memcpy(out, page + offset, bytes);
        return nullptr;
    });
}

bool GraphReader::read_part(NodeId id, PageKind kind, const PartLayout& part, uint8_t* out) {
    const uint32_t index = id % layout_.group_nodes;
    const BlockNo first = group_block(meta(), id / layout_.group_nodes, layout_.group_pages);
    const NodeId owner = id - index + index / part.slots_per_page * part.slots_per_page;
    for (uint32_t piece = 0, from = 0; piece < part.pages_per_slot; ++piece) {
        const Place place = layout_.place(part, index, piece);
        if (!copy(first + place.page, {kind, header().generation, owner}, place.offset, place.bytes,
                  out + from))
            return false;
        from += place.bytes;
    }
    return true;
}

bool GraphReader::read_slot(NodeId id, void* slot) {
    return in_range(id) &&
           read_part(id, PageKind::Links, layout_.links, static_cast<uint8_t*>(slot)) &&
           NodeView(layout_, slot).header_in_bounds();
}

const uint8_t* GraphReader::read_own(NodeId id, const NodeView& node) {
    if (layout_.placement() != VectorPlacement::OutOfLine) return node.own();
    return read_part(id, PageKind::Traversal, layout_.traversal, own_) ? own_ : nullptr;
}

bool GraphReader::read_values(NodeId id, const NodeView& node, int16_t* values) {
    const uint8_t* own = read_own(id, node);
    if (own == nullptr || (layout_.refinement.bytes > 0 &&
                           !read_part(id, PageKind::Refinement, layout_.refinement, refinement_)))
        return false;
    join_values(layout_, own, refinement_, values);
    return true;
}

bool GraphReader::read_traversal(NodeId id, const NodeView& node, VectorBuffer out) {
    const uint8_t* own = read_own(id, node);
    if (own != nullptr) traversal_from_bytes(layout_, own, node.header().scale, out);
    return own != nullptr;
}

bool GraphReader::read_tid_slot(BlockNo block, uint16_t slot, TidSlot* out) {
    return slot < kTidSlotsPerPage &&
           copy(block, {PageKind::Tids, header().generation, 0},
                static_cast<uint32_t>(kPayloadAt + slot * sizeof(TidSlot)), sizeof(TidSlot), out) &&
           valid_tid_slot(*out);
}

}  // namespace vectidx
