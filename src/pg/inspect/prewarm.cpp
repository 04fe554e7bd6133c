// vectidx_prewarm(index regclass) -> bigint: reads an index into shared buffers.
#include "pg/inspect/index_argument.hpp"
#include "pg/inspect/pending_reader.hpp"
#include "pg/memory.hpp"
#include "pg/storage/block_set.hpp"
#include "pg/storage/index_state.hpp"
#include "pg/storage/tid_chain.hpp"

namespace vectidx {

namespace {

// The chains of a graph are read by looking for them. Returns the number of their blocks.
int64 read_chains(Relation index, const IndexState& state, Arena& arena) {
    Array<BlockNo> tids(arena);
    list_tids_pages(index, state.meta().header, &tids);
    PendingImage list(arena);
    read_pending(index, state.layout, &list);
    const uint32_t per_page = pending_layout(state.layout.words).blocks_per_page;
    return static_cast<int64>(tids.size() + list.pages.size() * per_page);
}

}  // namespace

// Returns the number of blocks, which are those that anything refers to: a crash may have torn
// others. They are read in the order of the file, which is also the order of the disk; where they
// do not all fit, the last ones stay.
VECTIDX_FUNCTION(vectidx_prewarm) {
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const IndexState& state = load_state(argument.index, kMetaBlock, CurrentMemoryContext);
    Arena arena = context_arena(CurrentMemoryContext);
    BlockSet used(RelationGetNumberOfBlocks(argument.index), arena);
    use_graph(state.meta(), state.layout, &used);
    int64 count = 0;
    for (BlockNumber block = 0; block < used.blocks(); ++block) {
        CHECK_FOR_INTERRUPTS();
        if (!used.used(block)) continue;
        // Not read_buffer(): a hint for every block would forget those that searches use.
        ReleaseBuffer(ReadBuffer(argument.index, block));
        ++count;
    }
    count += read_chains(argument.index, state, arena);
    close_index_argument(argument);
    PG_RETURN_INT64(count);
}

}  // namespace vectidx
