// vectidx_index_stats(index regclass): what an index consists of, by a pass over all of its pages.
#include <algorithm>
#include <cinttypes>

#include "core/format/node.hpp"
#include "core/format/tids.hpp"

#include "pg/am/options.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/storage/index_state.hpp"
#include "pg/storage/page.hpp"
#include "pg/storage/tid_chain.hpp"

namespace vectidx {

namespace {

// By PageKind; 0: empty pages, which are kept for later.
constexpr const char* kPageNames[] = {"empty",    "meta", "center", "links",
                                      "steering", "rest", "tids",   "pending"};
constexpr uint32_t kPageKinds = sizeof(kPageNames) / sizeof(kPageNames[0]);
constexpr const char* kFormNames[] = {"", "whole", "split", "apart"};

struct Totals {
    uint64_t pages[kPageKinds];
    uint64_t live;
    uint64_t tombstones;
    uint64_t tids;
    uint64_t links;
    uint64_t degrees[kMaxDegree + 1];  // nodes, by their number of neighbors
    uint32_t top_level;
};

void count_nodes(Relation index, BlockNumber block, const char* page, const NodeLayout& layout,
                 Totals* totals) {
    const uint32_t count = (page_end(page) - static_cast<uint32_t>(kPayloadAt)) / layout.slot_size;
    for (uint32_t i = 0; i < count; ++i) {
        const NodeView node(layout, page + kPayloadAt + size_t{i} * layout.slot_size);
        if (!node.sane()) report_corruption(index, block, "a node makes no sense");
        ++(node.live() ? totals->live : totals->tombstones);
        totals->tids += node.header().tid_count;
        totals->links += node.degree();
        ++totals->degrees[node.degree()];
        totals->top_level = std::max<uint32_t>(totals->top_level, node.header().level);
    }
}

void count_tids(Relation index, BlockNumber block, const char* page, Totals* totals) {
    for (uint16_t i = 0; i < kTidSlotsPerPage; ++i) {
        const TidSlot& slot = checked_tid_slot(index, block, page, i);
        if (slot.owner != kNoNode) totals->tids += slot.count;
    }
}

void count_page(Relation index, BlockNumber block, const char* page, const IndexState& state,
                Totals* totals) {
    if (PageIsNew(const_cast<char*>(page))) {
        ++totals->pages[0];
        return;
    }
    const PageTag* tag = page_tag(page);
    const auto kind = static_cast<uint32_t>(tag->kind);
    const char* fault = page_fault(page, {tag->kind, tag->generation, tag->owner});
    if (kind == 0 || kind >= kPageKinds) fault = "it is a page of an unknown kind";
    if (fault != nullptr) report_corruption(index, block, fault);
    ++totals->pages[kind];
    if (tag->generation != state.meta().header.generation) return;
    if (tag->kind == PageKind::Links)
        count_nodes(index, block, page, state.layout, totals);
    else if (tag->kind == PageKind::Tids)
        count_tids(index, block, page, totals);
}

Datum json(const char* text) {
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

Datum pages_json(const Totals& totals) {
    StringInfoData text;
    initStringInfo(&text);
    for (uint32_t kind = 0; kind < kPageKinds; ++kind)
        appendStringInfo(&text, "%s\"%s\": %" PRIu64, kind == 0 ? "{" : ", ", kPageNames[kind],
                         totals.pages[kind]);
    appendStringInfoChar(&text, '}');
    return json(text.data);
}

// What a build used, which inserts go on using, and what a search would use now.
Datum options_json(Relation index, const MetaHeader& h) {
    const SearchOptions search = search_options(index);
    return json(
        psprintf("{\"m\": %u, \"ef_construction\": %u, \"ef_search\": %u, "
                 "\"target_recall\": %g, \"tombstone_rebuild_pct\": %d}",
                 static_cast<unsigned>(h.m), h.ef_construction, search.ef_search,
                 static_cast<double>(search.target_recall), tombstone_rebuild_pct(index)));
}

Datum layout_json(const NodeLayout& layout) {
    return json(
        psprintf("{\"dims\": %u, \"degree\": %u, \"code_bits\": %u, \"own_vector\": "
                 "\"%s\", \"nodes_per_group\": %u, \"pages_per_group\": %u}",
                 layout.choice.dims, layout.degree(), layout.choice.code_bits,
                 kFormNames[static_cast<uint32_t>(layout.own_form())], layout.group_nodes,
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

Totals* count_all(Relation index, const IndexState& state) {
    auto* totals = static_cast<Totals*>(palloc0(sizeof(Totals)));
    const BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
    const BlockNumber blocks = RelationGetNumberOfBlocks(index);
    for (BlockNumber block = 0; block < blocks; ++block) {
        CHECK_FOR_INTERRUPTS();
        const Buffer buffer = ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        count_page(index, block, BufferGetPage(buffer), state, totals);
        UnlockReleaseBuffer(buffer);
    }
    return totals;
}

}  // namespace

VECTIDX_FUNCTION(vectidx_index_stats) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    // A copy in this function's memory: the cached one may go away.
    const IndexState& state = load_state(argument.index, kMetaBlock, CurrentMemoryContext);
    const MetaHeader& h = state.meta().header;
    const Totals& t = *count_all(argument.index, state);
    const double nodes = static_cast<double>(t.live + t.tombstones);
    const double bytes = static_cast<double>(RelationGetNumberOfBlocks(argument.index)) * BLCKSZ;
    const Datum values[] = {
        Int64GetDatum(static_cast<int64>(t.tids)),
        Int64GetDatum(static_cast<int64>(t.live)),
        Int64GetDatum(static_cast<int64>(t.tombstones)),
        Int64GetDatum(h.generation),
        Int32GetDatum(static_cast<int32>(h.entry_count)),
        Int32GetDatum(nodes > 0 ? static_cast<int32>(t.top_level) + 1 : 0),
        Float8GetDatum(nodes > 0 ? static_cast<double>(t.links) / nodes : 0),
        degrees_array(t, state.layout),
        pages_json(t),
        Int64GetDatum(static_cast<int64>(bytes)),
        Float8GetDatum(t.tids > 0 ? bytes / static_cast<double>(t.tids) : 0),
        layout_json(state.layout),
        options_json(argument.index, h),
    };
    bool nulls[sizeof(values) / sizeof(values[0])] = {};
    nulls[6] = nodes == 0;
    nulls[10] = t.tids == 0;
    HeapTuple row = heap_form_tuple(BlessTupleDesc(columns), const_cast<Datum*>(values), nulls);
    close_index_argument(argument);
    PG_RETURN_DATUM(HeapTupleGetDatum(row));
}

}  // namespace vectidx
