// Where the bytes of a node are: computed once from the index's options, then only arithmetic.
//
// A node has a fixed size, so ids are dense and an id tells the page. Its parts:
//
//   links       one slot: header, neighbor codes, ids, terms, flags, heap TIDs   (Links page)
//   traversal   the own vector as the graph is walked by it                      (in the slot, or
//                                                                                 Traversal pages)
//   refinement  what makes the own vector final: the bytes below                 (Refinement pages)
//
// Pages come in groups of consecutive blocks; a group holds a fixed number of nodes:
//
//   +-------+-------+ ... +-----------+ ... +------------+ ...
//   | links | links |     | traversal |     | refinement |    group_pages blocks, group_nodes nodes
//   +-------+-------+ ... +-----------+ ... +------------+ ...
//
// The own vector (fixed_point.hpp) is placed in one of three ways, chosen for the fewest bytes per
// node at one page access per hop:
//
//   Inline      16-bit values in the slot                                128-d, 1024-d, 1536-d
//   Split       high bytes in the slot, low bytes on a Refinement page   768-d, 3072-d
//   OutOfLine   high bytes on Traversal pages, low on Refinement pages   above about 4,800-d
//
// With Storage::Sq8 there are no low bytes, and so no Refinement pages; with Storage::Full the
// bytes below the 16-bit values are on Refinement pages, too, behind the low ones. With
// Storage::Binary the bytes of a bit string take the place of the high bytes, and there are no
// others.
//
// To the same end the degree may be up to one sixteenth below 2m, and codes may cover fewer than
// all dimensions, but not fewer than 768: a code of the first values of a random rotation is still
// a random projection, its error grows as 1/sqrt(bits).
//
// Without codes (code_bits is 0) a slot has no codes and no terms, and a search reads the
// neighbors themselves (graph/search.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/layout/page.hpp"

namespace vectidx {

using NodeId = uint32_t;
constexpr NodeId kNoNode = UINT32_MAX;

constexpr uint32_t kMaxDims = 16000;
constexpr uint32_t kMinM = 2;
constexpr uint32_t kMaxM = 100;
constexpr uint32_t kMaxDegree = 2 * kMaxM;

enum class VectorPlacement : uint8_t { Inline = 1, Split = 2, OutOfLine = 3 };

// How much of each value of the own vector is kept (fixed_point.hpp).
enum class Storage : uint8_t {
    Half = 1,    // 16 bits
    Sq8 = 2,     // the high byte
    Full = 3,    // 24 bits
    Binary = 4,  // bit strings, of which `dims` is the number of bytes
};

// The room of a part in its group. Either several slots to a page, or several pages to a slot.
struct PartLayout {
    uint32_t first_page;      // within the group
    uint32_t bytes;           // of one node; 0: the part does not exist
    uint32_t slots_per_page;  // >= 1
    uint32_t pages_per_slot;  // >= 1; > 1 only when slots_per_page is 1
};

// One contiguous piece of a part of a node.
struct Place {
    uint32_t page;    // within the group
    uint32_t offset;  // from the start of the page
    uint32_t bytes;
};

// The choices that fix a layout. They are stored in the metapage, so that an index keeps its layout
// when a later version would choose another.
struct LayoutChoice {
    uint32_t dims;
    uint32_t degree;        // neighbors at most
    uint32_t code_bits;     // of one neighbor's code, a multiple of 64; 0: no codes
    uint32_t tid_capacity;  // heap TIDs in the slot
    VectorPlacement placement;
    Storage storage;

    friend bool operator==(const LayoutChoice&, const LayoutChoice&) = default;
};

struct NodeLayout {
    LayoutChoice choice;
    uint32_t padded;  // length of a rotated vector
    uint32_t words;   // int16 that its stored form takes (stored_vector.hpp)

    // offsets within a links slot
    uint32_t codes_at, ids_at, add_at, scale_at, own_at, backfilled_at, tree_edges_at, tids_at,
        slot_size;

    PartLayout links, traversal, refinement;
    uint32_t group_nodes;
    uint32_t group_pages;

    uint32_t degree() const { return choice.degree; }
    uint32_t code_words() const { return choice.code_bits / 64; }
    bool has_codes() const { return choice.code_bits > 0; }
    VectorPlacement placement() const { return choice.placement; }
    Storage storage() const { return choice.storage; }
    // Whether one byte per value is all there is.
    bool single_bytes() const { return storage() == Storage::Sq8 || storage() == Storage::Binary; }
    // Bytes of the own vector in the slot or, for OutOfLine, on Traversal pages.
    uint32_t own_bytes() const {
        return placement() == VectorPlacement::Inline ? 2 * padded : padded;
    }
    // The kind of page `page` of a group, and the position of its first node in the group.
    PageKind page_kind(uint32_t page) const;
    uint32_t first_node(uint32_t page) const;
    // The piece `piece` of a part of the node at position `index` (< group_nodes) of its group.
    Place place(const PartLayout& part, uint32_t index, uint32_t piece) const;
    uint32_t bytes_per_node() const { return group_pages * kPageSize / group_nodes; }
};

// The best choice for these options. REQUIRES: 1 <= dims <= kMaxDims, kMinM <= m <= kMaxM.
LayoutChoice choose_layout(uint32_t dims, uint32_t m, bool codes = true,
                           Storage storage = Storage::Half);

// The layout of a choice. Returns false when a node of it would not fit on its pages, or a figure
// is out of range: the choice did not come from choose_layout().
bool make_layout(const LayoutChoice& choice, NodeLayout* layout);

}  // namespace vectidx
