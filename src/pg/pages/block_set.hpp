// The blocks of an index that something refers to. All others are free, or left over from an
// earlier generation of the graph or from interrupted work.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/arena.hpp"
#include "core/layout/free_page.hpp"
#include "core/layout/meta.hpp"

namespace vectidx {

class BlockSet {
  public:
    // For a relation with `blocks` blocks, all of them unused.
    BlockSet(BlockNumber blocks, Arena& arena);

    BlockNumber blocks() const { return blocks_; }
    uint32_t unused() const { return unused_; }
    bool used(BlockNumber block) const { return (words_[block / 64] >> (block % 64)) & 1; }
    // Blocks beyond the relation's end are ignored.
    void use(Run run);
    // Takes the first unused run of at least `unit` blocks: a multiple of `unit`, `wanted` at most.
    // A run of no blocks when there is none.
    Run take(uint32_t unit, uint32_t wanted);
    // Blocks up to the last one in use.
    BlockNumber end() const;
    // The first unused block from `block` on; blocks() when there is none.
    BlockNumber next_unused(BlockNumber block) const;

  private:
    uint64_t* words_;
    BlockNumber blocks_;
    uint32_t unused_;
    BlockNumber from_ = 0;  // no unused block before
};

// The metapage, the center and the groups of nodes.
void use_graph(const MetaPage& meta, const NodeLayout& layout, BlockSet* set);

// The blocks to which the metapage, and the chains that start from it, refer. The chains are read
// without the lock for extending, except for pages that were added to the pending list meanwhile.
// Returns with that lock, so that the result holds until it is released. REQUIRES: the exclusive
// graph lock.
BlockSet lock_blocks_in_use(Relation index, Arena& arena);

}  // namespace vectidx
