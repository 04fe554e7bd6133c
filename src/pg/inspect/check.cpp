// vectidx_check(index regclass, heapallindexed boolean): what is wrong with an index.
#include <algorithm>

#include "pg/inspect/checker.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/memory.hpp"
#include "pg/storage/index_state.hpp"

namespace vectidx {

namespace {

void read_metapage(Relation index, char* page) {
    const Buffer buffer = read_buffer(index, kMetaBlock);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    memcpy(page, BufferGetPage(buffer), BLCKSZ);
    UnlockReleaseBuffer(buffer);
}

// No more nodes than the file has room for, whatever the metapage says.
uint32_t nodes_to_check(const GraphReader& reader, BlockNumber blocks) {
    const NodeLayout& layout = reader.layout();
    const uint64_t room = (uint64_t{blocks} / layout.group_pages + 1) * layout.group_nodes;
    return static_cast<uint32_t>(std::min<uint64_t>(reader.node_limit(), room));
}

void check_index(const IndexArgument& argument, bool heapallindexed, Findings& findings,
                 Arena& arena) {
    const Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    // The number of blocks goes first: what is added later is not looked at.
    const BlockNumber blocks = RelationGetNumberOfBlocks(argument.index);
    if (blocks == 0) {
        findings.error(Code::Metapage, {}, "the file is empty");
        return UnregisterSnapshot(snapshot);
    }
    const IndexedType& type = indexed_type(argument.index);
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    read_metapage(argument.index, page);
    if (!check_metapage(argument.index, type, blocks, page, findings, &layout))
        return UnregisterSnapshot(snapshot);

    GraphReader reader(argument.index, page, layout);
    const uint32_t nodes = nodes_to_check(reader, blocks);
    Checker checker = {argument.heap,
                       argument.index,
                       type,
                       snapshot,
                       blocks,
                       findings,
                       arena,
                       reader,
                       layout,
                       nodes,
                       arena.alloc<uint8_t>(nodes),
                       arena.alloc<NodeId>(nodes),
                       Array<BlockNo>(arena),
                       reinterpret_cast<uint8_t*>(arena.alloc<uint64_t>(layout.slot_size / 8)),
                       reinterpret_cast<uint8_t*>(arena.alloc<uint64_t>(layout.slot_size / 8))};
    std::fill_n(checker.notes, nodes, uint8_t{0});
    std::fill_n(checker.tethered_by, nodes, kNoNode);
    check_pages(checker);
    check_vectors(checker);
    check_links(checker);
    check_entry_points(checker);
    check_tethers(checker);
    check_chains(checker);
    check_tids(checker);
    if (heapallindexed) check_rows(checker);
    UnregisterSnapshot(snapshot);
}

}  // namespace

VECTIDX_FUNCTION(vectidx_check) {
    RowSet rows(fcinfo);
    Findings findings(rows);
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx check", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    Arena arena = context_arena(context);
    check_index(argument, PG_GETARG_BOOL(1), findings, arena);
    findings.finish();
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    close_index_argument(argument);
    return Datum{0};
}

}  // namespace vectidx
