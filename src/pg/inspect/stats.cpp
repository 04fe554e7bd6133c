// vectidx_index_stats(index regclass): what an index consists of, by a pass over all of its pages.
#include <algorithm>
#include <cinttypes>

#include "core/layout/node.hpp"
#include "core/layout/tids.hpp"

#include "pg/am/options.hpp"
#include "pg/inspect/graph_reader.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/inspect/pending_reader.hpp"
#include "pg/inspect/row_set.hpp"
#include "pg/memory.hpp"
#include "pg/pages/block_set.hpp"
#include "pg/pages/directory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/page.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

namespace {

// By PageKind; 0: empty pages, which are kept for the graph's growth. Behind: those that are kept
// for the pending list's, and all that nothing refers to.
constexpr const char* kPageNames[] = {"empty",         "meta",  "center",  "links", "traversal",
                                      "refinement",    "tids",  "pending", "free",  "directory",
                                      "directory_map", "spare", "unused"};
constexpr uint32_t kPageNameCount = sizeof(kPageNames) / sizeof(kPageNames[0]);
constexpr uint32_t kFree = 8, kSpare = 11, kUnused = 12;
constexpr const char* kPlacementNames[] = {"", "inline", "split", "out_of_line"};
constexpr const char* kStorageNames[] = {"", "half", "sq8", "full", "bits"};

struct Totals {
    uint64_t pages[kPageNameCount];
    uint64_t live;
    uint64_t tombstones;
    uint64_t tids;     // in the graph
    uint64_t pending;  // rows that wait
    bool merging;
    uint64_t links;
    uint64_t degrees[kMaxDegree + 1];  // nodes, by their number of neighbors
    uint32_t top_level;
};

// Functions that count return what is wrong with the page, or nullptr.
const char* count_nodes(const char* page, const NodeLayout& layout, Totals* totals) {
    const uint32_t count = (page_end(page) - static_cast<uint32_t>(kPayloadAt)) / layout.slot_size;
    for (uint32_t i = 0; i < count; ++i) {
        const NodeView node(layout, page + kPayloadAt + size_t{i} * layout.slot_size);
        if (!node.header_in_bounds()) return "invalid node header";
        ++(node.live() ? totals->live : totals->tombstones);
        totals->tids += node.header().tid_count;
        totals->links += node.degree();
        ++totals->degrees[node.degree()];
        totals->top_level = std::max<uint32_t>(totals->top_level, node.header().level);
    }
    return nullptr;
}

const char* count_tids(const char* page, Totals* totals) {
    for (uint16_t i = 0; i < kTidSlotsPerPage; ++i) {
        if (const char* fault = tid_slot_fault(page, i); fault != nullptr) return fault;
        const TidSlot& slot = tid_slot(page, i);
        if (slot.owner != kNoNode && slot.moved == 0) totals->tids += slot.count;
    }
    return nullptr;
}

const char* count_page(const char* page, const IndexState& state, Totals* totals) {
    if (PageIsNew(const_cast<char*>(page))) {
        ++totals->pages[0];
        return nullptr;
    }
    const PageTag* tag = page_tag(page);
    const auto kind = static_cast<uint32_t>(tag->kind);
    const char* fault = page_fault(page, {tag->kind, tag->generation, tag->owner});
    if (kind == 0 || (kind > static_cast<uint32_t>(PageKind::Refinement) && kind != kFree))
        fault = "it is a page of another kind";
    if (kind >= static_cast<uint32_t>(PageKind::Links) && kind != kFree &&
        tag->generation != state.meta().header.generation)
        fault = "it is a page of another generation";
    if (fault != nullptr) return fault;
    ++totals->pages[kind];
    return tag->kind == PageKind::Links ? count_nodes(page, state.layout, totals) : nullptr;
}

Datum json(const char* text) {
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

Datum pages_json(const Totals& totals) {
    StringInfoData text;
    initStringInfo(&text);
    for (uint32_t kind = 0; kind < kPageNameCount; ++kind)
        appendStringInfo(&text, "%s\"%s\": %" PRIu64, kind == 0 ? "{" : ", ", kPageNames[kind],
                         totals.pages[kind]);
    appendStringInfoChar(&text, '}');
    return json(text.data);
}

const char* algorithm_name(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::Vamana:
            return "vamana";
        case Algorithm::Leaves:
            return "leaves";
        case Algorithm::Hnsw:
            break;
    }
    return "hnsw";
}

// The options of the build, which inserts use too, and those that a search would use now.
Datum options_json(Relation index, const MetaHeader& h) {
    const SearchOptions search = search_options(index);
    const bool vamana = h.algorithm == Algorithm::Vamana;
    return json(psprintf(
        "{\"algorithm\": \"%s\", \"alpha\": %s, \"m\": %u, \"ef_construction\": %u, \"ef_search\": "
        "%u, "
        "\"target_recall\": %g, \"tombstone_rebuild_pct\": %d, \"pending_limit\": %u}",
        algorithm_name(h.algorithm), vamana ? psprintf("%g", static_cast<double>(h.alpha)) : "null",
        static_cast<unsigned>(h.m), h.ef_construction, search.ef_search,
        static_cast<double>(search.target_recall), tombstone_rebuild_pct(index),
        pending_limit(index)));
}

Datum layout_json(const NodeLayout& layout) {
    return json(
        psprintf("{\"dims\": %u, \"degree\": %u, \"code_bits\": %u, \"own_vector\": \"%s\", "
                 "\"storage\": \"%s\", \"nodes_per_group\": %u, \"pages_per_group\": %u}",
                 layout.choice.dims, layout.degree(), layout.choice.code_bits,
                 kPlacementNames[static_cast<uint32_t>(layout.placement())],
                 kStorageNames[static_cast<uint32_t>(layout.storage())], layout.group_nodes,
                 layout.group_pages));
}

// degrees[n]: nodes with n neighbors; the array's subscripts begin with 0.
Datum degrees_array(const Totals& totals, const NodeLayout& layout) {
    Datum elements[kMaxDegree + 1];
    int dims[] = {static_cast<int>(layout.degree()) + 1}, lower[] = {0};
    for (int i = 0; i < dims[0]; ++i)
        elements[i] = Int64GetDatum(static_cast<int64>(totals.degrees[i]));
    return PointerGetDatum(
        construct_md_array(elements, nullptr, 1, dims, lower, INT8OID, 8, true, TYPALIGN_DOUBLE));
}

// The pending list, whose blocks are marked.
void count_pending(Relation index, const NodeLayout& layout, Arena& arena, BlockSet* used,
                   Totals* totals) {
    PendingImage list(arena);
    read_pending(index, layout, &list);
    if (!list.faults.empty())
        report_corruption(index, list.faults[0].at.block, list.faults[0].text);
    const uint32_t per_page = pending_layout(layout.words).blocks_per_page;
    for (const BlockNo block : list.pages)
        used->use({block, per_page});
    for (const BlockNo block : list.spare)
        used->use({block, per_page});
    totals->pages[static_cast<uint32_t>(PageKind::Pending)] = list.pages.size() * per_page;
    totals->pages[kSpare] = list.spare.size() * per_page;
    totals->pending = list.rows.size();
    totals->merging = list.header.merging != Merging::None;
}

// The pages of the directory, whose blocks are marked. Returns false where they have moved.
bool count_directory(const IndexState& state, PageReader& pages, Arena& arena, BlockSet* used,
                     Totals* totals) {
    Array<BlockNo> directory(arena), maps(arena);
    if (!list_directory(pages, state.meta(), &directory, &maps)) return false;
    for (const Array<BlockNo>* blocks : {&directory, &maps})
        for (const BlockNo block : *blocks)
            used->use({block, 1});
    totals->pages[static_cast<uint32_t>(PageKind::Directory)] = directory.size();
    totals->pages[static_cast<uint32_t>(PageKind::DirectoryMap)] = maps.size();
    return true;
}

// Returns false when a page is not what it should be, as `pages` has noted.
bool count_all(Relation index, const IndexState& state, PageReader& pages, Totals* totals) {
    Arena arena = context_arena(CurrentMemoryContext);
    BlockSet used(RelationGetNumberOfBlocks(index), arena);
    use_graph(state.meta(), state.layout, &used);
    alignas(8) char page[BLCKSZ];
    for (BlockNumber block = 0; block < used.blocks(); ++block) {
        CHECK_FOR_INTERRUPTS();
        if (!used.used(block)) continue;
        if (!copy_page(pages, block, page)) return false;
        if (const char* fault = count_page(page, state, totals); fault != nullptr)
            return pages.fail(block, fault);
    }
    Array<BlockNo> tids(arena);
    if (!list_tids_pages(pages, state.meta().header, &tids)) return false;
    for (const BlockNo block : tids) {
        if (!copy_page(pages, block, page)) return false;
        if (const char* fault = count_tids(page, totals); fault != nullptr)
            return pages.fail(block, fault);
        used.use({block, 1});
    }
    totals->pages[static_cast<uint32_t>(PageKind::Tids)] = tids.size();
    if (!count_directory(state, pages, arena, &used, totals)) return false;
    count_pending(index, state.layout, arena, &used, totals);
    totals->pages[kUnused] = used.unused();
    return true;
}

// Counts again when VACUUM moved or replaced the pages meanwhile.
const Totals& count_index(Relation index, const IndexState** state) {
    auto* totals = static_cast<Totals*>(palloc(sizeof(Totals)));
    alignas(8) char page[BLCKSZ];
    for (;;) {
        *totals = {};
        // A copy in this function's memory: the cached one may go away.
        *state = &load_state(index, kMetaBlock, CurrentMemoryContext);
        PageReader pages(index, kMetaBlock, (*state)->meta().header);
        pages.set_pass(true, GetAccessStrategy(BAS_BULKREAD));
        if (count_all(index, **state, pages, totals)) return *totals;
        if (!pages.changed(page) && !pages.stale()) pages.report();
    }
}

}  // namespace

VECTIDX_FUNCTION(vectidx_index_stats) {
    constexpr int kColumns = 15;
    const TupleDesc columns = result_columns(fcinfo, kColumns);
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const IndexState* state = nullptr;
    const Totals& t = count_index(argument.index, &state);
    const MetaHeader& h = state->meta().header;
    const double nodes = static_cast<double>(t.live + t.tombstones);
    // A merge in progress, or an interrupted one, has inserted rows that are still pending.
    const uint64_t rows = t.tids + t.pending;
    const double bytes = static_cast<double>(RelationGetNumberOfBlocks(argument.index)) * BLCKSZ;
    const Datum values[kColumns] = {
        Int64GetDatum(static_cast<int64>(rows)),
        Int64GetDatum(static_cast<int64>(t.pending)),
        BoolGetDatum(t.merging),
        Int64GetDatum(static_cast<int64>(t.live)),
        Int64GetDatum(static_cast<int64>(t.tombstones)),
        Int64GetDatum(h.generation),
        Int32GetDatum(static_cast<int32>(h.entry_count)),
        Int32GetDatum(nodes > 0 ? static_cast<int32>(t.top_level) + 1 : 0),
        Float8GetDatum(nodes > 0 ? static_cast<double>(t.links) / nodes : 0),
        degrees_array(t, state->layout),
        pages_json(t),
        Int64GetDatum(static_cast<int64>(bytes)),
        Float8GetDatum(rows > 0 ? bytes / static_cast<double>(rows) : 0),
        layout_json(state->layout),
        options_json(argument.index, h),
    };
    bool nulls[kColumns] = {};
    nulls[8] = nodes == 0;
    nulls[12] = rows == 0;
    HeapTuple row = heap_form_tuple(columns, const_cast<Datum*>(values), nulls);
    close_index_argument(argument);
    PG_RETURN_DATUM(HeapTupleGetDatum(row));
}

}  // namespace vectidx
