// Where new blocks come from: from the page of free blocks (core/layout/free_page.hpp), else from
// the end of the file.
//
// LOCKS: all of it under the lock for extending; then free page -> metapage. A run leaves the page
// in a record of its own before its blocks are used: a crash in between loses them until VACUUM.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/free_page.hpp"

#include "pg/pages/block_set.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

constexpr PageIdentity kFreeIdentity = {PageKind::Free, 0, 0};

// The lock for extending, which nobody needs for a relation that nobody else can see.
inline void lock_extension(Relation rel) {
    if (!RELATION_IS_LOCAL(rel)) LockRelationForExtension(rel, ExclusiveLock);
}
inline void unlock_extension(Relation rel) {
    if (!RELATION_IS_LOCAL(rel)) UnlockRelationForExtension(rel, ExclusiveLock);
}

// A graph: that of the metapage at `meta_block`, whose page of free blocks it uses.
struct GraphPages {
    Relation rel;
    BlockNumber meta_block;
    WriteMode mode;
    // MetaHeader::free_block in the caller's copy of the metapage, which was read under the lock
    // for extending. It follows when the page moves. nullptr: there is no copy, the metapage is
    // read.
    BlockNo* free_block = nullptr;
};

enum class Choice {
    Longest,   // for what grows: runs that follow each other make one extent
    Lowest,    // for what is made at once
    Shortest,  // for single blocks, from the end of a run
};

struct BlockRequest {
    uint32_t unit;    // the blocks are a multiple of it,
    uint32_t wanted;  // and at most so many
    Choice choice;
    BlockNumber joins = kNoBlock;  // where they are best, whatever the choice
    uint32_t at_least = 0;         // blocks of a free run that does not begin there
    bool joins_only = false;       // nothing else will do
    bool exact = false;            // the file grows by no more than is wanted
};

// Takes free blocks. A run of none when there are no such.
Run take_free(const GraphPages& graph, const BlockRequest& request);

// The same, but lets the file grow when there are none: by a thirty-second of it, at most 128
// blocks unless more are requested. Blocks that are left over become free. The run is empty only
// with `joins_only`.
Run take_blocks(const GraphPages& graph, const BlockRequest& request);

// Makes the page of free blocks name `list`. The page is made at `spare` when there is none, or
// moves there; kNoBlock: it stays where it is, or its place is taken from the list.
void write_free(const GraphPages& graph, FreeList list, BlockNumber spare);

// The runs on the page of free blocks, without blocks beyond the end of the file. *outdated:
// whether it names such blocks, or is invalid; an invalid page has no free blocks.
FreeList read_free(const GraphPages& graph, bool* outdated);

// Takes blocks beyond the end of the file off the page: before the file grows by other means than
// take_blocks(), or the page would name blocks that are in use then.
void drop_outdated(const GraphPages& graph);

// The unused blocks as runs for the page of free blocks. Runs that are on the page already keep the
// transaction from which on they can be taken; the others get `ready_xid`. REQUIRES: the exclusive
// graph lock; lock_blocks_in_use() made `used`.
FreeList unused_blocks(Relation index, const BlockSet& used, uint64_t ready_xid);

struct ClaimedBlocks {
    BlockSet used;    // or left free
    FreeList unused;  // the others, as far as a page names them
};

enum class Leave { None, SomeForRows };

// Takes the unused blocks, so that nobody else can. A few of the lowest remain when rows of the
// pending list may need them meanwhile. publish_unused() ends that. `ready_xid`: as above.
// REQUIRES: the exclusive graph lock; not the lock for extending.
ClaimedBlocks claim_unused(Relation index, uint64_t ready_xid, Leave leave, Arena& arena);

// Makes all blocks that are unused now free, from `ready_xid` on.
// REQUIRES: the exclusive graph lock; not the lock for extending.
void publish_unused(Relation index, uint64_t ready_xid, Arena& arena);

// Overwrites an unused block with an empty page, logged.
void blank_block(Relation index, BlockNumber block);

}  // namespace vectidx
