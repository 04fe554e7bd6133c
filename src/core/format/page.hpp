// What every page of an index has in common.
//
//      0  +---------------------------+
//         | PostgreSQL's page header  |  pd_lower: end of the data in use
//     24  +---------------------------+
//         | payload, 8144 bytes       |  depends on the kind of page
//   8168  +---------------------------+
//         | PageTail                  |  PostgreSQL's "special space"
//   8192  +---------------------------+
//
// GenericXLog zeroes the bytes between pd_lower and pd_upper, so pd_lower is always set past the
// data and pd_upper stays at 8168.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vectidx {

using BlockNo = uint32_t;
constexpr BlockNo kNoBlock = UINT32_MAX;
constexpr BlockNo kMetaBlock = 0;

constexpr size_t kPageSize = 8192;
constexpr size_t kPageHeaderSize = 24;
constexpr uint32_t kPageMagic = 0x58544356;  // "VCTX"
constexpr uint8_t kPageFormat = 1;

enum class PageKind : uint8_t {
    Meta = 1,      // meta.hpp; always block 0
    Center = 2,    // a piece of the float array that is subtracted from every vector
    Links = 3,     // node slots: neighbours, codes, heap TIDs, and the own vector where it fits
    Steering = 4,  // a piece of one node's own vector that does not fit on its links page
    Rest = 5,      // what refines the own vector: low bytes, or the original floats
    Tids = 6,      // overflow slots of heap TIDs
    Pending = 7,   // reserved: inserts that are not in the graph yet
    Free = 8,      // reserved: given back by a rebuild
};

struct PageTail {
    uint32_t magic;       // kPageMagic
    PageKind kind;        //
    uint8_t format;       // kPageFormat
    uint16_t reserved;    // 0
    uint32_t generation;  // of the graph it belongs to; 0: of none
    uint32_t owner;       // id of the first node of a Links, Steering or Rest page; else 0
    BlockNo next;         // next page of a chain, or kNoBlock
    uint32_t reserved2;   // 0
};
static_assert(sizeof(PageTail) == 24);

constexpr size_t kPagePayload = kPageSize - kPageHeaderSize - sizeof(PageTail);
static_assert(kPagePayload == 8144);

}  // namespace vectidx
