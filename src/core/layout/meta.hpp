// The metapage, block 0: what an index is, and where its parts are.
//
//     48  +---------------------------------------+
//         | MetaHeader                            |
//         | extents[kMaxExtents], DirectoryRef    |  where the groups of nodes lie
//         +---------------------------------------+  kEntriesAt
//         | entry codes[capacity][code_words]     |
//         | entry ids, add, scale [capacity]      |  entry points of every search
//   8192  +---------------------------------------+
//
// Every change increments MetaHeader::version, so that a backend may keep a copy and tell with one
// comparison whether it still holds.
#pragma once

#include <cstddef>

#include "core/layout/calibration.hpp"
#include "core/layout/node.hpp"
#include "core/vector/metric.hpp"

namespace vectidx {

// Formats are read from 1 on. In 2, VACUUM leaves zeros where it takes a heap TID away. From 3 on
// there is a directory (directory.hpp), and its place is where formats before have the last extent.
constexpr uint16_t kIndexFormat = 3, kFormatOfZeroedTids = 2, kFormatOfDirectory = 3;
constexpr uint32_t kMaxExtents = 383, kMaxExtentsBefore3 = 384;
constexpr uint32_t kMaxEfConstruction = 1000;

// Groups [first_group, the next extent's first_group) lie in consecutive blocks from first_block.
struct Extent {
    BlockNo first_block;
    uint32_t first_group;
};

// A merge in progress, or an interrupted one: rows of the pending list may be in the graph, too.
enum class Merging : uint32_t {
    None = 0,
    Rows = 1,   // row by row; only older versions leave it
    Batch = 2,  // interrupted, it may leave nodes that links lead to but no spanning-tree edges
};

// How the graph is built, and pruned by inserts.
enum class Algorithm : uint8_t {
    Hnsw = 1,    // HNSW's base layer
    Vamana = 2,  // a flat graph, pruned with alpha
    Leaves = 3,  // a flat graph from overlapping leaves
};
constexpr float kMinAlpha = 1.0f, kMaxAlpha = 2.0f;

struct MetaHeader {
    uint64_t version;  // incremented by every change of the metapage
    uint16_t format;   // kIndexFormat, or that of an older version
    Metric metric;
    uint8_t element_type;  // 1: float4, 2: half, 3: sparse, 4: bit; arrays of 5: float4, 6: half
    Storage storage;
    Algorithm algorithm;
    uint16_t m;
    uint32_t ef_construction;
    LayoutChoice choice;   // without `storage`: layout_choice()
    uint64_t seed;         // of the rotation
    BlockNo center_block;  // first of the Center pages, or kNoBlock: the center is zero
    float max_norm2;       // inner product: M^2 (transform/vector_space.hpp)
    uint32_t generation;   // of the graph in force
    uint32_t groups;       // in all extents
    uint32_t fill_group;   // the group that inserts fill
    uint32_t extent_count;
    uint32_t entry_count;
    BlockNo tids_block;   // overflow page with room, or kNoBlock
    uint64_t live_nodes;  // as of the last build or vacuum
    uint64_t tombstones;  // likewise
    // Blocks that nothing refers to any more were in use until this transaction at the latest: a
    // scan that began before may still read them. A full transaction id.
    uint64_t retired_xid;
    Calibration calibration;
    BlockNo pending_head;    // pending.hpp: the list's first page, or kNoBlock,
    BlockNo pending_tail;    // and its last
    uint32_t pending_first;  // sequence number of the first page,
    uint32_t pending_last;   // and of the last
    BlockNo pending_spare;   // pages to use again, a chain, or kNoBlock
    Merging merging;         // in progress or interrupted
    // The generation that a rebuild has taken and not swapped in: the rebuild is in progress, or
    // was interrupted and may have left pages that no record repairs. 0: none.
    uint32_t attempt;
    float alpha;  // Vamana's; else 0
    // The graph has sketches of the vectors (vector/sketch.hpp): the standard deviation of their
    // squared distances, relative; 0 where it has the vectors.
    float embedding_error;
    uint32_t column_dims;  // what the column declares, where that is not choice.dims; else 0
    // The highest generation that was ever taken, so that each is used once. 0: an older
    // version wrote the index, and may have used the next one for an attempt.
    uint32_t last_generation;
    BlockNo free_block;  // page of free runs of blocks (free_page.hpp), or 0: none
    uint32_t cuts;       // incremented before the end of the file is cut off
};
static_assert(sizeof(MetaHeader) % 8 == 0);

// What the column declared when the index was made.
inline uint32_t value_dims(const MetaHeader& h) {
    return h.column_dims != 0 ? h.column_dims : h.choice.dims;
}

// Whether a row has several vectors, so that its heap TID stands on several nodes.
inline bool has_arrays(const MetaHeader& h) {
    return h.element_type >= 5;
}

// Where the directory is: its newest map page, 0 when there is none, and its number of pages.
struct DirectoryRef {
    BlockNo map;
    uint32_t pages;
};

struct MetaPage {
    MetaHeader header;
    Extent extents[kMaxExtentsBefore3];  // the last one: see DirectoryRef
};

inline bool has_directory_place(const MetaHeader& h) {
    return h.format >= kFormatOfDirectory;
}
// Places for extents.
inline uint32_t max_extents(const MetaHeader& h) {
    return has_directory_place(h) ? kMaxExtents : kMaxExtentsBefore3;
}
inline DirectoryRef directory_of(const MetaPage& meta) {
    if (!has_directory_place(meta.header)) return {0, 0};
    const Extent& place = meta.extents[kMaxExtents];
    return {place.first_block, place.first_group};
}
// REQUIRES: has_directory_place().
inline void set_directory(MetaPage* meta, DirectoryRef directory) {
    meta->extents[kMaxExtents] = {directory.map, directory.pages};
}

// The metapage in a page.
inline MetaPage& meta_of(char* page) {
    return *reinterpret_cast<MetaPage*>(page + kPayloadAt);
}
inline const MetaPage& meta_of(const char* page) {
    return *reinterpret_cast<const MetaPage*>(page + kPayloadAt);
}

constexpr uint32_t kEntriesAt = static_cast<uint32_t>(kPayloadAt + sizeof(MetaPage));
constexpr uint32_t kEntriesBytes = static_cast<uint32_t>(kPageSize) - kEntriesAt;

// The layout choice of the header. Its field `storage` was not always written.
inline LayoutChoice layout_choice(const MetaHeader& header) {
    LayoutChoice choice = header.choice;
    choice.storage = header.storage;
    return choice;
}

// Entry points without codes: a search reads the vectors of all of them.
constexpr uint32_t kBareEntries = 64;

// Entry points that fit for codes of this length.
constexpr uint32_t entry_capacity(uint32_t code_words) {
    return code_words == 0 ? kBareEntries : kEntriesBytes / (code_words * 8 + 4 + 4 + 2);
}

// The entry points on a metapage.
class Entries {
  public:
    Entries(void* page, uint32_t code_words)
        : codes_(reinterpret_cast<uint64_t*>(static_cast<uint8_t*>(page) + kEntriesAt)),
          words_(code_words),
          capacity_(entry_capacity(code_words)) {}

    uint64_t* codes() { return codes_; }
    NodeId* ids() { return reinterpret_cast<NodeId*>(codes_ + capacity_ * words_); }
    float* add() { return reinterpret_cast<float*>(ids() + capacity_); }
    Bfloat16* scale() { return reinterpret_cast<Bfloat16*>(add() + capacity_); }
    void set(uint32_t position, const Link& link, const uint64_t* code);

  private:
    uint64_t* codes_;
    uint32_t words_;
    uint32_t capacity_;
};

// Whether the header and the extents are such as a writer leaves them; makes the layout of them.
bool valid_meta(const MetaPage& meta, NodeLayout* layout);

// The block behind the last group, 0 when there is none.
BlockNo extents_end(const MetaPage& meta, uint32_t group_pages);

// The first block of a group. REQUIRES: group < header.groups.
BlockNo group_block(const MetaPage& meta, uint32_t group, uint32_t group_pages);

}  // namespace vectidx
