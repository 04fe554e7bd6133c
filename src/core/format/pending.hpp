// The pending list: rows that are in the index but not in the graph yet.
//
// Pages of the list form a chain, oldest first, and carry consecutive sequence numbers
// (PageTag::owner), so that a reader who comes to a page that was emptied and used again sees it.
// An entry has a fixed size; where it is larger than a page it takes several consecutive blocks,
// and a "page" of the list is that many blocks.
//
//     metapage: pending_head -> page -> page ... -> pending_tail
//               pending_spare -> page -> page                      emptied, to be used again
#pragma once

#include "core/format/node.hpp"

namespace vectidx {

enum class PendingState : uint8_t {
    Waiting = 1,  // belongs to the index
    Removed = 2,  // vacuum took it away
};

struct PendingEntry {
    HeapTid tid;
    PendingState state;
    uint8_t flags;      // see NodeHeader
    float scale;        // of the values that follow, fixed_point.hpp
    float norm2;        // see NodeHeader
    uint32_t original;  // likewise
    uint32_t checksum;  // likewise
    uint32_t reserved[2];
    // int16_t values[padded]
};
static_assert(sizeof(PendingEntry) == 32);

// How entries of `padded` values lie on pages.
struct PendingLayout {
    uint32_t entry_size;
    uint32_t entries_per_page;  // >= 1
    uint32_t blocks_per_page;   // > 1 only when entries_per_page is 1
};

constexpr PendingLayout pending_layout(uint32_t padded) {
    const auto payload = static_cast<uint32_t>(kPagePayload);
    const uint32_t size = static_cast<uint32_t>(sizeof(PendingEntry)) + 2 * padded;
    if (size <= payload) return {size, payload / size, 1};
    return {size, 1, (size + payload - 1) / payload};
}

}  // namespace vectidx
