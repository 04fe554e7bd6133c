// Verifies the invariants of an index (src/README.md, "Checking"), one function for each.
//
// The checker reads one page at a time, as a scan does, while others write. What a page says of
// itself is certain. What two pages say of one another may have changed between the two reads:
// such a finding is read again before it is reported.
#pragma once

#include "pg/postgres.hpp"

#include <algorithm>

#include "core/base/array.hpp"
#include "core/layout/free_page.hpp"
#include "core/layout/tid_set.hpp"

#include "pg/inspect/findings.hpp"
#include "pg/inspect/graph_reader.hpp"
#include "pg/inspect/pending_reader.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

// What is known of a node once its page was seen.
enum NodeNote : uint8_t {
    kWritten = 1,     // its slot is in use
    kInBounds = 2,    // and can be read
    kGoodVector = 4,  // its own vector has its checksum
    kReached = 8,     // from the root, by the spanning tree
};

class BlockSet;

struct Checker {
    // --- what stays
    Relation heap;
    Relation index;
    const IndexedType& type;
    Snapshot snapshot;   // taken before the first page was read
    BlockNumber blocks;  // at that time
    Findings& findings;
    Arena& arena;
    GraphReader& reader;
    const NodeLayout& layout;
    uint32_t nodes;  // ids below it are checked; later ones were added meanwhile

    // --- what pages tell
    uint8_t* notes;               // [nodes] of NodeNote
    NodeId* tree_parent;          // [nodes]; kNoNode: by none
    Array<BlockNo> other_blocks;  // outside of the groups of nodes, ascending
    Array<BlockNo> tids_pages;    // ascending
    Array<BlockNo> directory;     // Directory pages, in order; none where the map is damaged
    PendingImage pending;         // as the list was before the first page was read
    TidSet was_pending;           // its rows
    uint8_t* slot;                // [slot_size] working memory: the node that is looked at
    uint8_t* other_slot;          // [slot_size] and one of its neighbors

    bool has(NodeId id, uint8_t note) const { return (notes[id] & note) != 0; }
    bool zeroes_tids() const { return reader.header().format >= kFormatOfZeroedTids; }
};

// Places that are not in use hold zeros.
inline bool all_zero(const void* data, size_t bytes) {
    const auto* at = static_cast<const uint8_t*>(data);
    return std::all_of(at, at + bytes, [](uint8_t byte) { return byte == 0; });
}

// The metapage. False when nothing else can be checked. Makes the layout.
bool check_metapage(Relation index, const IndexedType& type, const char* page, Findings& findings,
                    NodeLayout* layout);

// The pending list, and its rows.
void check_pending(Checker& c);

// Every page is what its place in the file says, once, and its bytes are in order; so are the
// fields of the nodes on it.
void check_pages(Checker& c);

// The chain of Tids pages; and that every other block is of a list, or unused.
void check_blocks(Checker& c);

// The map of the directory; its pages are marked.
void check_directory_map(Checker& c, BlockSet* used);

// Each entry of the directory is that of its node: the code follows from the vector, and no row is
// missing.
void check_directory(Checker& c);

// The page of free blocks, which is marked: none of those is in use. Returns them.
FreeList check_free_page(Checker& c, BlockSet* used);

// Whether a block is on the chain of Tids pages, where new ones may have come before those that
// check_blocks() met: the file may have had the block already when the check began.
bool is_tids_page(Checker& c, BlockNo block);

// Fields of one node that need no other page. `at` names it.
void check_node(Checker& c, const NodeView& node, Spot at);

// The own vectors have their checksums.
void check_vectors(Checker& c);

// The lists of neighbors, and their codes, which follow from the two vectors.
void check_links(Checker& c);

// The entry points' codes likewise.
void check_entry_points(Checker& c);

// The spanning tree reaches all nodes.
void check_spanning_tree(Checker& c);

// Chains of overflowing TIDs: reached from their nodes, once.
void check_chains(Checker& c);

// Every heap TID is in the graph or on the pending list, once unless rows have several vectors, and
// leads to a row that an index may point to.
void check_tids(Checker& c);

// Every row of the table that belongs in the index is there, with its own vector.
void check_rows(Checker& c);

// Calls f(HeapTid, Spot) for every TID of a node, those on its chain included. Ends quietly where
// the chain is damaged, which check_chains() reports.
template <class F>
void for_each_tid(Checker& c, NodeId id, const NodeView& node, Spot at, F&& f) {
    const NodeHeader& h = node.header();
    for (uint32_t i = 0; i < h.tid_count; ++i)
        f(node.tids()[i], at);
    ChainPosition position = {h.overflow_block, h.overflow_slot};
    // No chain has more slots than there are, unless it forms a ring.
    uint64_t left = uint64_t{RelationGetNumberOfBlocks(c.index)} * kTidSlotsPerPage;
    TidSlot slot;
    while (!position.at_end() && left-- > 0) {
        if (!c.reader.read_tid_slot(position.block, position.slot, &slot) || slot.owner != id)
            return;
        const Spot here = {position.block, position.slot};
        for (uint32_t i = 0; i < slot.count; ++i)
            f(slot.tids[i], here);
        position = {slot.next_block, slot.next_slot};
    }
}

}  // namespace vectidx
