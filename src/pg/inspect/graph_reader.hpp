// Reads nodes of an index that may be damaged: says no where a scan would report an error.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"
#include "core/layout/stored_vector.hpp"

#include "pg/inspect/findings.hpp"
#include "pg/pages/page_reader.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

// Copies a page as it is, under a share lock, into page[BLCKSZ]. ERROR when its checksum is wrong.
// Returns false, with a page of zeros, where the file has no such block any more.
bool copy_page(PageReader& pages, BlockNumber block, char* page);

// Copies the metapage likewise.
void copy_metapage(Relation index, char* page);

// What is wrong with the fields that all pages have, or nullptr; among them that nothing stands
// behind the last byte in use, where GenericXLog would not keep it.
// REQUIRES: page_fault() found nothing.
const char* frame_fault(const char* page);

class GraphReader {
  public:
    // `page` is the metapage, checked by valid_meta(), which made the layout; the reader keeps a
    // copy.
    GraphReader(Relation index, const char* page, const NodeLayout& layout);

    const NodeLayout& layout() const { return layout_; }
    const MetaPage& meta() const { return meta_of(meta_page_); }
    const MetaHeader& header() const { return meta().header; }
    Entries entries() { return {meta_page_, layout_.code_words()}; }
    PageReader& pages() { return pages_; }

    // Whether there is a place for such a node. Refreshes when there is none: nodes may have been
    // added.
    bool in_range(NodeId id);
    // Reads the metapage again, unless it is not of the same graph any more.
    void refresh();
    uint32_t node_limit() const { return header().groups * layout_.group_nodes; }

    // Where the links slot of a node is. REQUIRES: in_range(id).
    Spot spot(NodeId id) const;

    // Copies bytes of a page. False when the page is not what it should be or ends before them.
    bool copy(BlockNumber block, const PageIdentity& identity, uint32_t offset, uint32_t bytes,
              void* out);
    // Copies the links slot of a node. False when its page is damaged, when the node was not
    // written, or its header is out of bounds.
    bool read_slot(NodeId id, void* slot);
    // The own vector of the node in `slot`, into values[words].
    bool read_values(NodeId id, const NodeView& node, int16_t* values);
    // The own vector as the graph sees it.
    bool read_traversal(NodeId id, const NodeView& node, VectorBuffer out);
    // A slot of a Tids page.
    bool read_tid_slot(BlockNo block, uint16_t slot, TidSlot* out);

  private:
    // The bytes in the slot or, copied, of the Traversal pages; nullptr when these are damaged.
    const uint8_t* read_own(NodeId id, const NodeView& node);
    bool read_part(NodeId id, PageKind kind, const PartLayout& part, uint8_t* out);

    NodeLayout layout_;
    PageReader pages_;
    alignas(8) char meta_page_[BLCKSZ];
    // Working memory of one vector.
    uint8_t* own_;
    uint8_t* refinement_;
};

}  // namespace vectidx
