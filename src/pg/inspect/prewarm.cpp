// vectidx_prewarm(index regclass) -> bigint: reads an index into shared buffers.
#include "pg/inspect/index_argument.hpp"
#include "pg/inspect/pending_reader.hpp"
#include "pg/memory.hpp"
#include "pg/pages/block_set.hpp"
#include "pg/pages/directory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

namespace {

// The chains of a graph are read by looking for them. Counts their blocks.
bool read_chains(Relation index, const IndexState& state, PageReader& pages, Arena& arena,
                 int64* count) {
    Array<BlockNo> tids(arena), directory(arena), maps(arena);
    if (!list_tids_pages(pages, state.meta().header, &tids) ||
        !list_directory(pages, state.meta(), &directory, &maps))
        return false;
    for (const BlockNo block : directory) {
        CHECK_FOR_INTERRUPTS();
        Buffer buffer;
        if (!pages.pin(block, &buffer)) return false;
        ReleaseBuffer(buffer);
    }
    *count += static_cast<int64>(directory.size() + maps.size());
    PendingImage list(arena);
    read_pending(index, state.layout, &list);
    const uint32_t per_page = pending_layout(state.layout.words).blocks_per_page;
    *count += static_cast<int64>(tids.size() + list.pages.size() * per_page);
    return true;
}

// Returns false when a page is not where it should be, as `pages` has noted.
bool read_all(Relation index, const IndexState& state, PageReader& pages, int64* count) {
    Arena arena = context_arena(CurrentMemoryContext);
    BlockSet used(RelationGetNumberOfBlocks(index), arena);
    use_graph(state.meta(), state.layout, &used);
    for (BlockNumber block = 0; block < used.blocks(); ++block) {
        CHECK_FOR_INTERRUPTS();
        if (!used.used(block)) continue;
        Buffer buffer;
        if (!pages.pin(block, &buffer)) return false;
        ReleaseBuffer(buffer);
        ++*count;
    }
    return read_chains(index, state, pages, arena, count);
}

}  // namespace

// Returns the number of blocks, which are those that anything refers to: a crash may have torn
// others. They are read in the order of the file, which is also the order of the disk; where they
// do not all fit, the last ones stay.
VECTIDX_FUNCTION(vectidx_prewarm) {
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    alignas(8) char page[BLCKSZ];
    int64 count = 0;
    for (;; count = 0) {
        const IndexState& state = load_state(argument.index, kMetaBlock, CurrentMemoryContext);
        PageReader pages(argument.index, kMetaBlock, state.meta().header);
        pages.set_pass(true);
        if (read_all(argument.index, state, pages, &count)) break;
        if (!pages.changed(page) && !pages.stale()) pages.report();
    }
    close_index_argument(argument);
    PG_RETURN_INT64(count);
}

}  // namespace vectidx
