// vectidx_check(index regclass, heapallindexed boolean): what is wrong with an index.
#include <algorithm>

#include "pg/inspect/checker.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/memory.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

// No more nodes than the file has room for, whatever the metapage says.
uint32_t nodes_to_check(const GraphReader& reader, BlockNumber blocks) {
    const NodeLayout& layout = reader.layout();
    const uint64_t room = (uint64_t{blocks} / layout.group_pages + 1) * layout.group_nodes;
    return static_cast<uint32_t>(std::min<uint64_t>(reader.node_limit(), room));
}

// Whether each group of nodes of a metapage, and each page of TIDs, is still where it was, and no
// block was cut off.
bool same_graph(Relation index, const MetaPage& before) {
    alignas(8) char page[BLCKSZ];
    copy_metapage(index, page);
    const auto& now = meta_of(page);
    return now.header.generation == before.header.generation &&
           now.header.cuts == before.header.cuts &&
           now.header.retired_xid == before.header.retired_xid &&
           now.header.extent_count >= before.header.extent_count &&
           memcmp(now.extents, before.extents, before.header.extent_count * sizeof(Extent)) == 0;
}

void check_graph(Checker& c, bool heapallindexed) {
    std::fill_n(c.notes, c.nodes, uint8_t{0});
    std::fill_n(c.tree_parent, c.nodes, kNoNode);
    check_pending(c);
    check_pages(c);
    check_blocks(c);
    check_vectors(c);
    check_links(c);
    check_entry_points(c);
    check_directory(c);
    check_spanning_tree(c);
    check_chains(c);
    check_tids(c);
    if (heapallindexed) check_rows(c);
}

// Returns false when the graph was rebuilt, or moved, meanwhile: VACUUM and inserts then change the
// new one, and what was found in the old one may be due to that.
bool check_index(const IndexArgument& argument, Snapshot snapshot, bool heapallindexed,
                 Findings& findings, Arena& arena) {
    if (RelationGetNumberOfBlocks(argument.index) == 0) {
        findings.error(Code::Metapage, {}, "the file is empty");
        return true;
    }
    const IndexedType& type = indexed_type(argument.index);
    alignas(8) char page[BLCKSZ];
    NodeLayout layout;
    // The list goes before the number of nodes: a row that a merge took from it before it was read
    // is in one of the nodes that are looked at.
    PendingImage pending(arena);
    copy_metapage(argument.index, page);
    if (valid_meta(meta_of(page), &layout)) read_pending(argument.index, layout, &pending);
    // Then the number of blocks: what is added later is not looked at.
    const BlockNumber blocks = RelationGetNumberOfBlocks(argument.index);
    copy_metapage(argument.index, page);
    if (!check_metapage(argument.index, type, page, findings, &layout)) return true;

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
                       Array<BlockNo>(arena),
                       Array<BlockNo>(arena),
                       pending,
                       TidSet(arena),
                       reinterpret_cast<uint8_t*>(arena.alloc<uint64_t>(layout.slot_size / 8)),
                       reinterpret_cast<uint8_t*>(arena.alloc<uint64_t>(layout.slot_size / 8))};
    check_graph(checker, heapallindexed);
    return same_graph(argument.index, meta_of(page));
}

// Checks until the graph stays for as long as that takes, or nothing is wrong with it.
void check_until_settled(const IndexArgument& argument, bool heapallindexed, RowSet& rows) {
    constexpr int kTries = 10;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx check", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    for (int i = 0;; ++i) {
        Arena arena = context_arena(context);
        Findings findings(arena);
        const Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
        const bool settled = check_index(argument, snapshot, heapallindexed, findings, arena);
        UnregisterSnapshot(snapshot);
        if (settled || findings.harmless()) {
            findings.finish(rows);
            break;
        }
        if (i == kTries)
            ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                            errmsg("index \"%s\" was rebuilt repeatedly during the check",
                                   RelationGetRelationName(argument.index)),
                            errhint("Repeat the check when fewer rows change.")));
        MemoryContextReset(context);
    }
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
}

}  // namespace

VECTIDX_FUNCTION(vectidx_check) {
    RowSet rows(fcinfo, Findings::kColumns);
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    check_until_settled(argument, PG_GETARG_BOOL(1), rows);
    close_index_argument(argument);
    return Datum{0};
}

}  // namespace vectidx
