#include "core/layout/layout.hpp"

#include <algorithm>

#include "core/layout/node.hpp"
#include "core/vector/rotation.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kMinCodeBits = 768;
constexpr uint32_t kMaxCodeBits = 1536;
constexpr uint32_t kMaxInlineTids = 8;

constexpr uint32_t align_up(uint32_t value, uint32_t to) {
    return (value + to - 1) / to * to;
}

// Bytes of the own vector on Refinement pages.
uint32_t refinement_bytes(const NodeLayout& l) {
    const uint32_t low = l.placement() == VectorPlacement::Inline ? 0 : l.padded;
    switch (l.storage()) {
        case Storage::Half:
            return low;
        case Storage::Sq8:
        case Storage::Binary:
            return 0;
        case Storage::Full:
            break;
    }
    return low + l.padded;
}

void lay_slot(NodeLayout& l) {
    const uint32_t degree = l.degree();
    const uint32_t bitmap = (degree + 7) / 8;
    l.codes_at = sizeof(NodeHeader);
    l.ids_at = l.codes_at + degree * l.code_words() * 8;
    l.add_at = l.ids_at + degree * 4;
    l.scale_at = l.add_at + (l.has_codes() ? degree * 4 : 0);
    l.own_at = l.scale_at + (l.has_codes() ? degree * 2 : 0);
    l.backfilled_at = l.own_at + (l.placement() == VectorPlacement::OutOfLine ? 0 : l.own_bytes());
    l.tree_edges_at = l.backfilled_at + bitmap;
    l.tids_at = align_up(l.tree_edges_at + bitmap, 2);
    l.slot_size =
        align_up(l.tids_at + l.choice.tid_capacity * static_cast<uint32_t>(sizeof(HeapTid)), 8);
}

PartLayout lay_part(uint32_t bytes) {
    PartLayout part{0, bytes, 1, 1};
    if (bytes == 0) return part;
    if (bytes <= kPagePayload)
        part.slots_per_page = kPagePayload / bytes;
    else
        part.pages_per_slot = (bytes + kPagePayload - 1) / kPagePayload;
    return part;
}

uint32_t pages_for(const PartLayout& part, uint32_t nodes) {
    if (part.bytes == 0) return 0;
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): lay_part gives at least one slot.
    return (nodes + part.slots_per_page - 1) / part.slots_per_page * part.pages_per_slot;
}

void lay_group(NodeLayout& l, uint32_t nodes) {
    l.group_nodes = nodes;
    l.traversal.first_page = pages_for(l.links, nodes);
    l.refinement.first_page = l.traversal.first_page + pages_for(l.traversal, nodes);
    l.group_pages = l.refinement.first_page + pages_for(l.refinement, nodes);
}

// Where slots and rests do not fill pages at the same step: as many Links pages, all full, as leave
// the fewest bytes unused on the Refinement pages.
void lay_dense_group(NodeLayout& l) {
    constexpr uint32_t kMaxLinksPages = 8;  // an insert looks for room on all of them
    NodeLayout candidate = l;
    for (uint32_t pages = 1; pages <= kMaxLinksPages; ++pages) {
        lay_group(candidate, pages * l.links.slots_per_page);
        if (pages == 1 || uint64_t{candidate.group_pages} * l.group_nodes <
                              uint64_t{l.group_pages} * candidate.group_nodes)
            l = candidate;
    }
}

// Fits as many slots as possible on a page, then spends what is left on inline TIDs. Returns false
// when not even one slot fits.
bool fit(LayoutChoice choice, NodeLayout* layout) {
    choice.tid_capacity = 1;
    if (!make_layout(choice, layout)) return false;
    const uint32_t slots = layout->links.slots_per_page;
    NodeLayout roomier{};
    while (++choice.tid_capacity <= kMaxInlineTids && make_layout(choice, &roomier) &&
           roomier.links.slots_per_page == slots)
        *layout = roomier;
    return true;
}

// The best layout with this placement of the own vector; false when a node does not fit.
bool best_with_placement(LayoutChoice base, VectorPlacement placement, NodeLayout* best) {
    base.placement = placement;
    bool found = false;
    const uint32_t fewest = base.degree - base.degree / 16;
    const uint32_t least_bits = base.code_bits < kMinCodeBits ? base.code_bits : kMinCodeBits;
    for (uint32_t degree = base.degree; degree >= fewest; --degree) {
        LayoutChoice choice = base;
        choice.degree = degree;
        NodeLayout candidate{};
        while (!fit(choice, &candidate) && choice.code_bits > least_bits)
            choice.code_bits -= 64;
        if (!fit(choice, &candidate)) continue;
        const bool denser = found && candidate.bytes_per_node() < best->bytes_per_node() &&
                            choice.code_bits >= best->choice.code_bits;
        if (!found || denser) *best = candidate;
        found = true;
    }
    return found;
}

}  // namespace

PageKind NodeLayout::page_kind(uint32_t page) const {
    if (page < traversal.first_page) return PageKind::Links;
    return page < refinement.first_page ? PageKind::Traversal : PageKind::Refinement;
}

uint32_t NodeLayout::first_node(uint32_t page) const {
    const PageKind kind = page_kind(page);
    const PartLayout& part = kind == PageKind::Links       ? links
                             : kind == PageKind::Traversal ? traversal
                                                           : refinement;
    return (page - part.first_page) / part.pages_per_slot * part.slots_per_page;
}

Place NodeLayout::place(const PartLayout& part, uint32_t index, uint32_t piece) const {
    Place at{};
    if (part.pages_per_slot == 1) {
        at.page = part.first_page + index / part.slots_per_page;
        at.offset = kPayloadAt + index % part.slots_per_page * part.bytes;
        at.bytes = part.bytes;
    } else {
        const uint32_t from = piece * static_cast<uint32_t>(kPagePayload);
        at.page = part.first_page + index * part.pages_per_slot + piece;
        at.offset = kPayloadAt;
        at.bytes = part.bytes - from < kPagePayload ? part.bytes - from : kPagePayload;
    }
    return at;
}

bool make_layout(const LayoutChoice& choice, NodeLayout* layout) {
    NodeLayout l{};
    l.choice = choice;
    l.padded = static_cast<uint32_t>(Rotation::padded(choice.dims));
    if (choice.dims < 1 || choice.dims > kMaxDims || choice.degree < 1 ||
        choice.degree > kMaxDegree || choice.code_bits % 64 != 0 || choice.code_bits > l.padded ||
        choice.tid_capacity < 1 || choice.tid_capacity > kMaxInlineTids ||
        choice.placement < VectorPlacement::Inline ||
        choice.placement > VectorPlacement::OutOfLine || choice.storage < Storage::Half ||
        choice.storage > Storage::Binary)
        return false;
    // The high byte alone is not the whole of 16 bits.
    if (l.single_bytes() && choice.placement == VectorPlacement::Inline) return false;
    if (choice.storage == Storage::Binary && choice.code_bits > 0) return false;
    l.words = choice.storage == Storage::Full ? l.padded + l.padded / 2 : l.padded;
    lay_slot(l);
    if (l.slot_size > kPagePayload) return false;
    l.links = lay_part(l.slot_size);
    l.traversal = lay_part(choice.placement == VectorPlacement::OutOfLine ? l.own_bytes() : 0);
    l.refinement = lay_part(refinement_bytes(l));
    // A node that is not OutOfLine is written in one record.
    if (choice.placement != VectorPlacement::OutOfLine && l.refinement.pages_per_slot > 1)
        return false;
    if (l.has_codes() && choice.storage == Storage::Half)
        lay_group(l, std::max(l.links.slots_per_page,
                              l.refinement.bytes > 0 ? l.refinement.slots_per_page : uint32_t{0}));
    else
        lay_dense_group(l);
    *layout = l;
    return true;
}

LayoutChoice choose_layout(uint32_t dims, uint32_t m, bool codes, Storage storage) {
    const auto padded = static_cast<uint32_t>(Rotation::padded(dims));
    // Above kMaxCodeBits a code covers the first values of the rotated vector only.
    const uint32_t bits = !codes ? 0 : padded < kMaxCodeBits ? padded : kMaxCodeBits;
    LayoutChoice base{dims, 2 * m, bits, 1, VectorPlacement::Inline, storage};
    // Links must fit on one page: with many dimensions a large m has to give way.
    for (;; --base.degree) {
        NodeLayout in_line{}, split{}, out_of_line{};
        const bool has_in_line = best_with_placement(base, VectorPlacement::Inline, &in_line);
        const bool has_split = best_with_placement(base, VectorPlacement::Split, &split);
        if (has_in_line && has_split)
            // Inline saves the final access to a Refinement page, which is worth some space.
            return in_line.bytes_per_node() * 10 <= split.bytes_per_node() * 11 ? in_line.choice
                                                                                : split.choice;
        if (has_in_line) return in_line.choice;
        if (has_split) return split.choice;
        if (best_with_placement(base, VectorPlacement::OutOfLine, &out_of_line))
            return out_of_line.choice;
    }
}

}  // namespace vectidx
