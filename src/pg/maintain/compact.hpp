// Moving what lies at the end of the index into unused blocks, so that the end can be cut off
// (src/README.md, "Space").
#pragma once

#include "pg/postgres.hpp"

#include <algorithm>

#include "core/base/array.hpp"

#include "pg/pages/block_set.hpp"

namespace vectidx {

// Whether no scan can read retired blocks any more; waits a second for those that do. Then the
// metapage says so. REQUIRES: the exclusive graph lock, within VACUUM.
bool settle_retired(Relation index);

// Moves groups of nodes, then pages of TIDs and of the directory, where this is worth it, the table
// lets the file be cut and no scan reads retired blocks. Then makes all unused blocks free. Broken
// off at any point it leaves a valid index. REQUIRES: the exclusive graph lock, within VACUUM.
void compact_index(Relation index);

// Which of some blocks move to lower places: the highest, as many as there are unused places below.
class BlockMoves {
  public:
    explicit BlockMoves(Arena& arena) : blocks_(arena), places_(arena) {}

    void add(const Array<BlockNo>& blocks);
    // Takes places of `pages` blocks from the set. Returns whether anything moves. REQUIRES: all
    // blocks were added.
    bool plan(BlockSet* set, uint32_t pages = 1);
    bool moves(BlockNo block) const {
        return std::binary_search(blocks_.end() - places_.size(), blocks_.end(), block);
    }
    BlockNo next_place() { return places_[next_place_++]; }

  private:
    Array<BlockNo> blocks_;  // ascending
    Array<BlockNo> places_;
    uint32_t next_place_ = 0;
};

// compact_tids.cpp: moves the pages of TIDs that lie highest into the lowest unused blocks of
// `set`.
void move_tids_pages(Relation index, BlockSet* set, Arena& arena);
// compact_directory.cpp: the same for the pages of the directory.
void move_directory(Relation index, BlockSet* set, Arena& arena);

}  // namespace vectidx
