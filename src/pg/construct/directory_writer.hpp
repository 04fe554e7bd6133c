// The directory (core/layout/directory.hpp) of a finished graph into pages, without WAL.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/array.hpp"
#include "core/layout/directory.hpp"

#include "pg/construct/graph_target.hpp"

namespace vectidx {

class DirectoryWriter {
  public:
    // Allocates the pages for `nodes` nodes of the graph with this metapage, and for those that its
    // groups have room for. Does nothing where the graph has no directory.
    DirectoryWriter(const GraphTarget& target, const NodeLayout& layout, const MetaPage& meta,
                    MemoryContext context);

    // The next node: its slot and, where that is out of line, its own vector.
    void add(const NodeView& node, const void* high);
    // Writes what is left, and the map. Returns where the directory is.
    // REQUIRES: all nodes were added.
    DirectoryRef finish();

  private:
    void write_page();
    BlockNo write_map(uint32_t first, BlockNo next);

    GraphTarget target_;
    const NodeLayout& node_layout_;
    uint32_t generation_;
    DirectoryLayout layout_;
    Arena arena_;
    Array<BlockNo> blocks_;  // of Directory pages, then of map pages
    uint32_t pages_;         // Directory pages
    uint32_t written_ = 0;   // of them
    uint32_t entries_ = 0;   // on the page that is filled
    char* page_ = nullptr;   // which is in memory: BLCKSZ bytes, only the payload counts
    VectorBuffer vector_;
    uint64_t* code_ = nullptr;
};

}  // namespace vectidx
