// Every page of the file: what it is, where it stands, and the nodes on it.
#include <algorithm>
#include <cmath>

#include "pg/inspect/checker.hpp"

namespace vectidx {

namespace {

// The role of a block, by the metapage.
struct Role {
    PageKind kind;  // Links, Traversal or Refinement; Meta and Center; or 0: nothing
    NodeId owner;
    uint32_t group;
    uint32_t first_index;  // of the nodes on the page, within the group
    uint32_t piece;
    const PartLayout* part;  // nullptr: not of a group
};
constexpr auto kNoKind = static_cast<PageKind>(0);

// Where the groups are, by block.
class BlockMap {
  public:
    BlockMap(const MetaPage& meta, const NodeLayout& layout) : meta_(meta), layout_(layout) {
        count_ = meta.header.extent_count;
        for (uint32_t i = 0; i < count_; ++i) {
            const uint32_t end =
                i + 1 < count_ ? meta.extents[i + 1].first_group : meta.header.groups;
            runs_[i] = {meta.extents[i], end - meta.extents[i].first_group};
        }
        std::sort(runs_, runs_ + count_, [](const Run& a, const Run& b) {
            return a.extent.first_block < b.extent.first_block;
        });
    }

    Role role(BlockNumber block) const {
        if (block == kMetaBlock) return {PageKind::Meta, 0, 0, 0, 0, nullptr};
        constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
        const BlockNo center = meta_.header.center_block;
        if (center != kNoBlock && block >= center &&
            (block - center) * kPerPage < layout_.choice.dims)
            return {PageKind::Center, (block - center) * kPerPage, 0, 0, 0, nullptr};
        const Run* after = std::upper_bound(
            runs_, runs_ + count_, block,
            [](BlockNumber b, const Run& run) { return b < run.extent.first_block; });
        if (after == runs_) return {kNoKind, 0, 0, 0, 0, nullptr};
        const Run& run = after[-1];
        const uint32_t page = block - run.extent.first_block;
        if (page / layout_.group_pages >= run.groups) return {kNoKind, 0, 0, 0, 0, nullptr};
        return group_role(run.extent.first_group + page / layout_.group_pages,
                          page % layout_.group_pages);
    }

  private:
    struct Run {
        Extent extent;
        uint32_t groups;
    };

    Role group_role(uint32_t group, uint32_t page) const {
        const PartLayout* part = &layout_.links;
        PageKind kind = PageKind::Links;
        if (layout_.refinement.bytes > 0 && page >= layout_.refinement.first_page) {
            part = &layout_.refinement;
            kind = PageKind::Refinement;
        } else if (layout_.traversal.bytes > 0 && page >= layout_.traversal.first_page) {
            part = &layout_.traversal;
            kind = PageKind::Traversal;
        }
        const uint32_t at = page - part->first_page;
        const uint32_t index = at / part->pages_per_slot * part->slots_per_page;
        return {kind,  group * layout_.group_nodes + index, group,
                index, at % part->pages_per_slot,           part};
    }

    const MetaPage& meta_;
    const NodeLayout& layout_;
    Run runs_[kMaxExtentsBefore3];
    uint32_t count_;
};

// How many nodes of this page, which is a group's, are written; and notes them.
uint32_t nodes_on(const Checker& c, const Role& role) {
    uint32_t count = 0;
    const uint32_t limit =
        std::min(role.part->slots_per_page, c.layout.group_nodes - role.first_index);
    while (count < limit && role.owner + count < c.nodes && c.has(role.owner + count, kWritten))
        ++count;
    return count;
}

void check_links_page(Checker& c, const Role& role, BlockNumber block, const char* page) {
    const uint32_t room =
        std::min(c.layout.links.slots_per_page, c.layout.group_nodes - role.first_index);
    const uint32_t bytes = page_end(page) - static_cast<uint32_t>(kPayloadAt);
    const uint32_t count = std::min(bytes / c.layout.slot_size, room);
    const bool full = role.group < c.reader.header().fill_group;
    if (bytes != count * c.layout.slot_size || (full && count < room))
        c.findings.error(Code::Page, {block, -1}, "the data do not end at the end of a node");
    for (uint32_t i = 0; i < count; ++i) {
        const NodeView node(c.layout, page + kPayloadAt + size_t{i} * c.layout.slot_size);
        if (role.owner + i < c.nodes)
            c.notes[role.owner + i] |= node.header_in_bounds() ? kWritten | kInBounds : kWritten;
        check_node(c, node, {block, static_cast<int>(i)});
    }
}

// A page of own vectors reaches as far as the nodes do that are written. It may reach farther: a
// vector is written before its node.
void check_vector_page(Checker& c, const Role& role, BlockNumber block, const char* page) {
    const uint32_t count = nodes_on(c, role);
    const uint32_t bytes = page_end(page) - static_cast<uint32_t>(kPayloadAt);
    const uint32_t index = count > 0 ? role.first_index + count - 1 : role.first_index;
    const Place last = c.layout.place(*role.part, index, role.piece);
    const bool ends_well = bytes % last.bytes == 0 && page_end(page) <= BLCKSZ;
    if (!ends_well || (count > 0 && page_end(page) < last.offset + last.bytes))
        c.findings.error(Code::Page, {block, -1}, "the data do not end at the end of a vector");
}

void check_center(Checker& c, BlockNumber block, const char* page, uint32_t from) {
    constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
    const uint32_t count = std::min(kPerPage, c.layout.choice.dims - from);
    const auto* values = reinterpret_cast<const float*>(page + kPayloadAt);
    const bool whole = page_end(page) == kPayloadAt + count * sizeof(float);
    if (!whole || !std::all_of(values, values + count, [](float x) { return std::isfinite(x); }))
        c.findings.error(Code::Page, {block, -1}, "invalid center");
}

void check_page_at(Checker& c, const Role& role, BlockNumber block, const char* page) {
    const uint32_t generation = role.part != nullptr ? c.reader.header().generation : 0;
    const char* fault = page_fault(page, {role.kind, generation, role.owner});
    if (fault != nullptr) {
        // Groups are added before they are used.
        const bool unused = PageIsNew(const_cast<char*>(page)) && role.part != nullptr &&
                            role.group >= c.reader.header().fill_group &&
                            (role.kind == PageKind::Links || nodes_on(c, role) == 0);
        if (!unused) c.findings.error(Code::Page, {block, -1}, "%s", fault);
        return;
    }
    if (fault = frame_fault(page); fault != nullptr)
        c.findings.error(Code::Page, {block, -1}, "%s", fault);
    if (role.kind == PageKind::Links)
        check_links_page(c, role, block, page);
    else if (role.part != nullptr)
        check_vector_page(c, role, block, page);
    else if (role.kind == PageKind::Center)
        check_center(c, block, page, role.owner);
}

// Groups before the one that is being filled have all their pages.
void check_end_of_file(Checker& c, const MetaPage& meta) {
    for (uint32_t i = 0; i < meta.header.extent_count; ++i) {
        const Extent& extent = meta.extents[i];
        const uint32_t end =
            i + 1 < meta.header.extent_count ? meta.extents[i + 1].first_group : meta.header.groups;
        const uint32_t full = std::min(end, meta.header.fill_group);
        if (full > extent.first_group &&
            group_block(meta, full - 1, c.layout.group_pages) + c.layout.group_pages > c.blocks)
            c.findings.error(Code::Page, {c.blocks, -1},
                             "the file ends before the pages of nodes that are in use");
    }
}

}  // namespace

void check_pages(Checker& c) {
    // The reader may read the metapage again; the map is that of the first one.
    auto* meta = static_cast<MetaPage*>(palloc(sizeof(MetaPage)));
    *meta = c.reader.meta();
    const BlockMap map(*meta, c.layout);
    PageReader& pages = c.reader.pages();
    pages.set_pass(true, GetAccessStrategy(BAS_BULKREAD));
    alignas(8) char page[BLCKSZ];
    for (BlockNumber block = 0; block < c.blocks; ++block) {
        CHECK_FOR_INTERRUPTS();
        const Role role = map.role(block);
        if (role.kind == kNoKind) {
            c.other_blocks.push_back(block);
            continue;
        }
        copy_page(pages, block, page);
        check_page_at(c, role, block, page);
    }
    pages.set_pass(false);
    check_end_of_file(c, *meta);
    pfree(meta);
}

}  // namespace vectidx
