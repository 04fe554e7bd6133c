// A finished graph into pages: every page once, in order, without WAL (log_graph or log_fork
// follows).
#pragma once

#include "pg/postgres.hpp"

#include "core/construct/node_encoder.hpp"
#include "core/layout/meta.hpp"

#include "pg/construct/directory_writer.hpp"
#include "pg/construct/graph_target.hpp"

namespace vectidx {

// Entry points: the root of the spanning tree, and a random sample of the other nodes.
class EntryPoints {
  public:
    EntryPoints(const NodeLayout& layout, uint64_t seed, uint32_t nodes, Arena& arena);

    // REQUIRES: encode() has not come to it yet.
    void set_root(NodeId root) { entries_[0].link.id = root; }
    // Encodes those among nodes [first, first + rows), which are rows [0, rows) of the encoder.
    void encode(const NodeEncoder& encoder, NodeId first, uint32_t rows, Arena& arena);
    // Puts them on a metapage.
    void write(char* page, MetaHeader& header) const;

  private:
    uint32_t words_;
    uint32_t count_;
    EntryCode* entries_;
};

// Writes the nodes of a graph that has none yet in new groups of pages.
class GraphWriter {
  public:
    // Allocates the pages. REQUIRES: nodes > 0.
    GraphWriter(const GraphTarget& target, const NodeLayout& layout, uint32_t nodes,
                MemoryContext context);

    // The next node: slot[slot_size], and the two planes of its vector.
    void add(const uint8_t* slot, const void* high, const void* refinement);
    // Adds the neighbors of `other` to a node that was written (unite_lists). scratch[slot_size].
    void unite(NodeId id, const NodeView& other, uint8_t* scratch) const;
    // Writes the fields of the metapage about the nodes. REQUIRES: all were added.
    void finish(float max_norm2, const EntryPoints& entries);

    uint64_t seed() const { return meta_.header.seed; }

  private:
    void write_group() const;
    void write_part(uint32_t first, const PartLayout& part, PageKind kind, const uint8_t* bytes,
                    size_t stride) const;

    GraphTarget target_;
    const NodeLayout& layout_;
    MetaPage meta_;  // as it will be
    DirectoryWriter* directory_ = nullptr;
    uint32_t nodes_;
    uint32_t written_;
    uint8_t* slots_;  // of the group that is filled
    uint8_t* traversal_;
    uint8_t* refinement_;
};

// Encodes the slots of rows [0, rows) and hands each to `take`. Counts them as done.
void encode_slots(const NodeEncoder& encoder, const NodeLayout& layout, uint32_t rows,
                  unsigned threads, Arena& arena,
                  FunctionRef<void(uint32_t row, const uint8_t* slot)> take);

struct FinishedGraph {
    const NodeLayout& layout;
    const Rows& rows;
    const Lists& lists;
    const uint8_t* levels;
    float max_norm2;  // MetaHeader::max_norm2
};

// Writes the nodes, their further heap TIDs, and the fields of the metapage about them; row i
// becomes node i. REQUIRES: the graph has no node, and at least one row.
void write_graph(const GraphTarget& target, const FinishedGraph& graph, unsigned threads,
                 MemoryContext context);

}  // namespace vectidx
