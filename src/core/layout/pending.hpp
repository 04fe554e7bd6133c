// The pending list: rows that are in the index but not in the graph yet.
//
// Pages of the list form a chain, oldest first, and carry consecutive sequence numbers
// (PageTag::owner), so that a reader who comes to a page that was emptied and used again sees it.
// A merge *closes* the last page, so that nothing is added to it any more, takes all pages up to
// it into the graph, and then drops them. Rows that are in the graph already are marked as removed.
//
//     metapage: pending_head -> page -> page ... -> pending_tail
//               pending_spare -> page -> page                      dropped, to be used again
//
// Entries have a fixed size. One that is larger than a page takes several consecutive blocks, and a
// "page" of the list is that many blocks, with the chain in the first.
#pragma once

#include <cmath>

#include "core/layout/page.hpp"
#include "core/layout/stored_vector.hpp"

namespace vectidx {

enum class PendingState : uint8_t {
    Waiting = 1,  // belongs to the index
    Removed = 2,  // in the graph by now, or dead
};

struct PendingEntry {
    HeapTid tid;
    PendingState state;
    uint8_t flags;             // see NodeHeader
    float scale;               // of the values that follow, fixed_point.hpp
    float norm2;               // see NodeHeader
    uint32_t source_checksum;  // likewise
    uint32_t checksum;         // likewise
    uint32_t reserved[2];
    // int16_t values[words]
};
static_assert(sizeof(PendingEntry) == 32);

// How entries of vectors of `words` words (NodeLayout) lie on pages.
struct PendingLayout {
    uint32_t entry_size;
    uint32_t entries_per_page;  // >= 1
    uint32_t blocks_per_page;   // > 1 only when entries_per_page is 1
};

constexpr PendingLayout pending_layout(uint32_t words) {
    const auto payload = static_cast<uint32_t>(kPagePayload);
    const uint32_t size = static_cast<uint32_t>(sizeof(PendingEntry)) + 2 * words;
    if (size <= payload) return {size, payload / size, 1};
    return {size, 1, (size + payload - 1) / payload};
}

inline StoredVector vector_of(const PendingEntry& entry) {
    return {reinterpret_cast<const int16_t*>(&entry + 1), entry.scale, entry.norm2,
            entry.source_checksum, entry.flags};
}

// Writes an entry that waits, with its values, into out[entry_size].
inline void write_entry(const StoredVector& x, HeapTid tid, uint32_t words, void* out) {
    PendingEntry entry{};
    entry.tid = tid;
    entry.state = PendingState::Waiting;
    entry.flags = x.flags;
    entry.scale = x.scale;
    entry.norm2 = x.norm2;
    entry.source_checksum = x.source_checksum;
    entry.checksum = vector_checksum(x.values, x.scale, words);
    std::memcpy(out, &entry, sizeof(entry));
    std::memcpy(static_cast<char*>(out) + sizeof(entry), x.values, words * sizeof(int16_t));
}

// The check of a scan: the vector's checksum would cost more than the distance.
inline bool plausible_entry(const PendingEntry& entry) {
    return (entry.state == PendingState::Waiting || entry.state == PendingState::Removed) &&
           std::isfinite(entry.scale) && std::isfinite(entry.norm2);
}

inline bool valid_entry(const PendingEntry& entry, uint32_t words) {
    return plausible_entry(entry) &&
           entry.checksum == vector_checksum(vector_of(entry).values, entry.scale, words);
}

}  // namespace vectidx
