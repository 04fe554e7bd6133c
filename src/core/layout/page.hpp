// The part that all pages of an index have in common.
//
//      0  +---------------------------+
//         | PostgreSQL's page header  |  pd_lower: end of the data in use
//     24  +---------------------------+
//         | PageTag                   |
//     48  +---------------------------+
//         | payload, 8144 bytes       |  depends on the kind of page
//   8192  +---------------------------+
//
// The tag says whose page it is. It is at the front, beside the header and the first bytes of
// the payload, and not in PostgreSQL's "special space" at the end: there it cost every page that a
// search visits one more cache line, and often one more address translation.
//
// GenericXLog zeroes the bytes between pd_lower and pd_upper, so pd_lower is always set past the
// data; pd_upper and pd_special stay at the end of the page.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace vectidx {

static_assert(sizeof(void*) == 8, "vectidx needs a 64-bit machine");
static_assert(std::endian::native == std::endian::little,
              "vectidx keeps its pages in little-endian order: it refuses big-endian machines");

using BlockNo = uint32_t;
constexpr BlockNo kNoBlock = UINT32_MAX;
constexpr BlockNo kMetaBlock = 0;

constexpr size_t kPageSize = 8192;
constexpr size_t kPageHeaderSize = 24;
constexpr uint32_t kPageMagic = 0x58544356;  // "VCTX"
constexpr uint8_t kPageFormat = 1;

enum class PageKind : uint8_t {
    Meta = 1,           // meta.hpp; always block 0
    Center = 2,         // a piece of the float array that is subtracted from every vector
    Links = 3,          // node slots: neighbors, codes, heap TIDs, and the own vector where it fits
    Traversal = 4,      // a piece of one node's own vector that does not fit on its links page
    Refinement = 5,     // what refines the own vector: low bytes, or the original floats
    Tids = 6,           // overflow slots of heap TIDs
    Pending = 7,        // pending.hpp: rows that are not in the graph yet
    Free = 8,           // free_page.hpp: runs of blocks that may be taken
    Directory = 9,      // directory.hpp: an entry for each node, for searches by code alone
    DirectoryMap = 10,  // directory.hpp: the blocks of Directory pages
};

struct PageTag {
    uint32_t magic;       // kPageMagic
    PageKind kind;        //
    uint8_t format;       // kPageFormat
    uint16_t closed;      // Pending: 1 when nothing is added any more; else 0
    uint32_t generation;  // of the graph it belongs to; 0: of none
    uint32_t owner;       // Links, Traversal, Refinement, Directory: the first node; Pending: its
                          // sequence number; DirectoryMap: the number of its first page
    BlockNo next;         // next page of a chain, or kNoBlock
    uint32_t reserved2;   // 0
};
static_assert(sizeof(PageTag) == 24);

constexpr size_t kPayloadAt = kPageHeaderSize + sizeof(PageTag);
constexpr size_t kPagePayload = kPageSize - kPayloadAt;
static_assert(kPagePayload == 8144);

}  // namespace vectidx
