// The directory: an entry for each node, dense, so that a search can look at all nodes without
// reading any of them. An entry has the node's first heap TID and its code relative to the center
// of the space, as an entry point on the metapage has it.
//
//   Directory page:     codes[per_page] | add[per_page] | tids[per_page] | scale[per_page]
//                       | flags[per_page]
//   DirectoryMap page:  the blocks of up to kMapPlaces Directory pages
//
// Node `id` has entry id % per_page of page id / per_page. The nodes of a group are on one page.
// Map pages form a chain, the newest, which the metapage names, first; all others are full. There
// is a page for each node that the groups have room for.
//
// At every moment an entry tells no less than its node: each heap TID of the node is the entry's,
// or the entry says that there are more. So a search that passes over an entry whose TID it does
// not want misses nothing. An entry may tell more than its node; the node itself decides then.
#pragma once

#include <algorithm>

#include "core/layout/meta.hpp"

namespace vectidx {

constexpr uint32_t kMapPlaces = static_cast<uint32_t>(kPagePayload / sizeof(BlockNo));

// Where an entry's parts are, as offsets from the start of the page.
struct DirectoryLayout {
    uint32_t per_page;  // entries of a page; 0: the index has no directory
    uint32_t words;     // of a code
    uint32_t codes_at, add_at, tids_at, scale_at, flags_at, end;
};

constexpr uint16_t kEntryWritten = 1;  // there is such a node
constexpr uint16_t kEntryMore = 2;     // it may have TIDs beside the entry's

// What an entry tells of its node's rows. No TID has the offset 0; a node without rows has that.
struct EntryRows {
    HeapTid tid;
    uint16_t flags;

    bool has_tid() const { return tid.offset != 0; }
    bool more() const { return (flags & kEntryMore) != 0; }
    bool operator==(const EntryRows&) const = default;
};

// Codes of sketches and of arrays serve no filter, so these have no directory.
inline DirectoryLayout directory_layout(const MetaHeader& h, const NodeLayout& layout) {
    DirectoryLayout d{};
    if (!has_directory_place(h) || !layout.has_codes() || h.embedding_error != 0.0f ||
        has_arrays(h))
        return d;
    d.words = layout.code_words();
    const auto bytes = static_cast<uint32_t>(d.words * sizeof(uint64_t) + sizeof(float) +
                                             sizeof(HeapTid) + sizeof(Bfloat16) + sizeof(uint16_t));
    d.per_page =
        static_cast<uint32_t>(kPagePayload) / bytes / layout.group_nodes * layout.group_nodes;
    d.codes_at = static_cast<uint32_t>(kPayloadAt);
    d.add_at = d.codes_at + d.per_page * d.words * 8;
    d.tids_at = d.add_at + d.per_page * 4;
    d.scale_at = d.tids_at + d.per_page * 6;
    d.flags_at = d.scale_at + d.per_page * 2;
    d.end = d.flags_at + d.per_page * 2;
    return d;
}

// Directory pages for so many nodes.
inline uint32_t directory_pages(const DirectoryLayout& layout, uint64_t nodes) {
    return layout.per_page == 0
               ? 0
               : static_cast<uint32_t>((nodes + layout.per_page - 1) / layout.per_page);
}

// What the entry of a node has to tell of its rows, exactly.
inline EntryRows rows_of(const NodeView& node) {
    const NodeHeader& h = node.header();
    const bool more = h.tid_count > 1 || h.overflow_block != kNoBlock;
    return {h.tid_count > 0 ? node.tids()[0] : HeapTid{},
            static_cast<uint16_t>(kEntryWritten | (more ? kEntryMore : 0))};
}

// Whether an entry tells no less than the node. REQUIRES: node.header_in_bounds().
inline bool covers(const EntryRows& rows, const NodeView& node) {
    const EntryRows exact = rows_of(node);
    if ((rows.flags & kEntryWritten) == 0) return false;
    return rows.more() || (!exact.more() && (!exact.has_tid() || exact.tid == rows.tid));
}

class DirectoryView {
  public:
    DirectoryView(const DirectoryLayout& layout, const char* page) : layout_(layout), page_(page) {}

    const uint64_t* codes() const { return at<uint64_t>(layout_.codes_at); }
    const float* add() const { return at<float>(layout_.add_at); }
    const HeapTid* tids() const { return at<HeapTid>(layout_.tids_at); }
    const Bfloat16* scale() const { return at<Bfloat16>(layout_.scale_at); }
    const uint16_t* flags() const { return at<uint16_t>(layout_.flags_at); }
    const uint64_t* code(uint32_t i) const { return codes() + size_t{i} * layout_.words; }
    EntryRows rows(uint32_t i) const { return {tids()[i], flags()[i]}; }

  private:
    template <class T>
    const T* at(uint32_t offset) const {
        return reinterpret_cast<const T*>(page_ + offset);
    }

    const DirectoryLayout& layout_;
    const char* page_;
};

// Changes entries in a page image.
inline void set_entry_rows(const DirectoryLayout& layout, char* page, uint32_t i,
                           const EntryRows& rows) {
    reinterpret_cast<HeapTid*>(page + layout.tids_at)[i] = rows.tid;
    reinterpret_cast<uint16_t*>(page + layout.flags_at)[i] = rows.flags;
}
inline void set_entry_code(const DirectoryLayout& layout, char* page, uint32_t i,
                           const NeighborTerms& terms, const uint64_t* code) {
    auto* codes = reinterpret_cast<uint64_t*>(page + layout.codes_at);
    std::copy_n(code, layout.words, codes + size_t{i} * layout.words);
    reinterpret_cast<float*>(page + layout.add_at)[i] = terms.add;
    reinterpret_cast<Bfloat16*>(page + layout.scale_at)[i] = terms.scale;
}

}  // namespace vectidx
