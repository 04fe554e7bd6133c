// How a scan begins: the value of its query, the search for it, the rows of the pending list.
#include <cmath>
#include <new>

#include "core/graph/listed_entries.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/am/scan_limits.hpp"
#include "pg/am/scan_state.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

// The value to compare with; zero for NULL.
VectorView query_of(const IndexedType& type, Datum value, const MetaHeader& h, bool is_null) {
    if (is_null) return VectorBuffer(static_cast<float*>(palloc0(h.choice.dims * sizeof(float))));
    return type.vector(value, value_dims(h));
}

bool measure_rows(void* self, const SearchResult& node, bool all, Array<RowDistances::Row>* rows) {
    auto* s = static_cast<ScanState*>(self);
    return s->rows->measure(node, s->active->store, all, rows);
}

FinalOrder final_order(ScanState* s, const VectorSpace& space, VectorView query) {
    FinalOrder order;
    if (s->null_query) return order;
    if (space.keys().power_transformed()) {
        Arena arena = context_arena(s->context);
        order.l1 = new (palloc(sizeof(L1Distance))) L1Distance(space, query.floats(), arena);
    } else if (space.keys().embedded()) {
        s->distances = {{measure_rows, s}};
        order.rows = &s->distances;
    }
    return order;
}

// In the current memory context, that of the search.
ActiveSearch<>* new_search(IndexScanDesc scan, ScanState* s) {
    Relation index = scan->indexRelation;
    // Looking up the type and the table may process invalidations; the state is taken after them.
    const IndexedType& type = indexed_type(index);
    IndexState* state = &index_state(index);
    if (state->space.keys().embedded()) {
        open_table(scan, s);
        state = &index_state(index);
    }
    const VectorView q = query_of(type, s->order.sk_argument, state->meta().header, s->null_query);
    const FinalOrder order = final_order(s, state->space, q);
    const VectorBuffer rotated(static_cast<float*>(palloc(state->layout.padded * sizeof(float))));
    const RotatedQuery query = state->space.prepare_query(q, rotated);
    SearchLimits limits = limits_for(index, *state, rows_wanted(s));
    if (s->null_query) limits.strict_order = false;
    limits.within = s->within = key_bound(s->bound, state->space.keys(), query);
    if (s->filtered) limits.filter = s->node_rows;
    if (s->listed) {
        limits.listed = true;
        limits.calibration = nullptr;
        limits.ends_when_idle = false;
        limits.given = s->given_low;
    }
    s->most_given = limits.max_bytes;
    s->strict_order = limits.strict_order;
    auto* active = new (palloc(sizeof(ActiveSearch<>)))
        ActiveSearch<>(s->context, index, *state, query, limits, order);
    if (s->filtered) s->node_rows->read_chains_by(&active->store);
    return active;
}

// A value without a distance to itself, such as a zero vector under cosine, has none to any row.
bool has_distances(const ScanKeyData& order) {
    const Datum distance =
        FunctionCall2Coll(const_cast<FmgrInfo*>(&order.sk_func), order.sk_collation,
                          order.sk_argument, order.sk_argument);
    return !std::isnan(DatumGetFloat8(distance));
}

// Asks the filter, where there is one, how to find the rows. Returns false when not in the graph.
bool wants_graph(IndexScanDesc scan, ScanState* s) {
    if (s->listed) return true;  // chosen before, when the search began, or had to start again
    s->filtered = s->filter != nullptr && !s->null_query && has_distances(s->order);
    if (!s->filtered) return true;
    Relation index = scan->indexRelation;
    s->strict_order = search_options(index).strict_order;
    const IndexState& state = index_state(index);
    const double nodes = static_cast<double>(state.meta().header.fill_group + 1) *
                         static_cast<double>(state.layout.group_nodes);
    const bool has_directory = directory_layout(state.meta().header, state.layout).per_page > 0;
    const FilterWay way = s->filter->begin(nodes, has_directory);
    s->listed = way == FilterWay::Codes;
    return way != FilterWay::Table;
}

// For a search by codes: finds the nodes that may have a row of the filter's list. Returns false
// when the directory could not be read; *fits: whether there is one, and the candidates fit into
// memory.
//
// Every row of the list that the snapshot sees is found, for it was in the index before the
// snapshot was taken. By the metapage that the search started from it was on the pending list, and
// was read there or had come to the graph when the list was read; or it was on a node. The
// directory is read behind the pending list, by the metapage as of then, so it has a place for that
// node, and its entries tell no less than their nodes: the node is a candidate. Of pages that
// VACUUM moves from then on, the old places tell what was in the index by then.
bool add_candidates(ScanState* s, bool* fits) {
    ActiveSearch<>& active = *s->active;
    const RowList* list = s->filter->list();
    const size_t most = size_t{1024} * static_cast<size_t>(work_mem) / sizeof(SearchCandidate) / 2;
    *fits = list != nullptr && active.store.has_directory();
    if (!*fits) return true;
    ListedEntries entries(active.store.directory(), active.store.layout().choice.code_bits,
                          active.query, active.arena);
    RowList::Probe probe(*list);
    active.store.pages().set_pass(true);
    const bool read = active.store.read_directory([&](const char* page, NodeId first) {
        *fits = *fits && entries.candidates().size() <= most;
        if (*fits) entries.add_page(page, first, &probe);
    });
    active.store.pages().set_pass(false);
    if (!read && !active.store.stale()) active.store.report();
    if (!read || !*fits) return read;
    active.search.add_listed(entries.candidates());
    s->filter->searched(entries.candidates().size(), 0);
    return true;
}

// Shows the search every row of the pending list. Returns false when rows may have been missed. The
// metapage that names the list is the one that the search starts from: what has left the list since
// is found in both, what left it before in the graph.
bool add_pending(ScanState* s) {
    NodeStore& store = s->active->store;
    const MetaHeader seen = store.header();
    return read_waiting_rows(store.pages(), seen, store.layout().words, s->active->arena,
                             [&](const PendingEntry& entry) {
                                 s->active->search.add_row(vector_of(entry), entry.tid);
                                 s->pending->insert(entry.tid);
                             });
}

// A set that lives, with the arena that feeds it, in a context.
TidSet* new_tid_set(MemoryContext context) {
    auto* arena = new (MemoryContextAlloc(context, sizeof(Arena))) Arena(context_arena(context));
    return new (MemoryContextAlloc(context, sizeof(TidSet))) TidSet(*arena);
}

// The operator of a scan without ORDER BY, whose bound says the value.
void make_order(Relation index, ScanKey order) {
    const Oid type = index->rd_opcintype[0];
    const Oid op = get_opfamily_member(index->rd_opfamily[0], type, type, kDistanceStrategy);
    ScanKeyInit(order, 1, kDistanceStrategy, get_opcode(op), Datum{0});
}

bool try_start(IndexScanDesc scan, ScanState* s) {
    // Detoasting and looking up the type may process invalidations; the state is taken after them.
    read_query(scan, s);
    const MemoryContext before = MemoryContextSwitchTo(s->kept);
    if (s->given == nullptr) s->given = new_tid_set(s->kept);
    MemoryContextSwitchTo(s->context);
    if (!wants_graph(scan, s)) {
        take_filter_rows(scan, s);
        MemoryContextSwitchTo(before);
        return true;
    }
    // The list comes first: other indexes are read for it.
    if (s->listed) s->filter->list();
    s->active = new_search(scan, s);
    s->listed_nodes = 0;
    s->pending = new_tid_set(s->context);
    bool complete = add_pending(s), fits = true;
    TEST_POINT("scan-pending-done");
    if (complete && s->listed) complete = add_candidates(s, &fits);
    TEST_POINT("scan-listed");
    MemoryContextSwitchTo(before);
    if (complete && !fits) take_rest(scan, s, FilterWay::Table);
    return complete;
}

}  // namespace

void read_query(IndexScanDesc scan, ScanState* s) {
    const MemoryContext before = MemoryContextSwitchTo(s->kept);
    s->bound = read_bound(scan);
    s->null_query = s->bound.empty;
    if (scan->numberOfOrderBys > 0) {
        s->order = scan->orderByData[0];
        s->null_query = (s->order.sk_flags & SK_ISNULL) != 0;
    } else {
        make_order(scan->indexRelation, &s->order);
        s->order.sk_argument = s->bound.query;
    }
    if (!s->null_query)
        s->order.sk_argument = PointerGetDatum(PG_DETOAST_DATUM(s->order.sk_argument));
    MemoryContextSwitchTo(before);
}

void open_table(IndexScanDesc scan, ScanState* s) {
    if (s->rows != nullptr) return;
    const MemoryContext before = MemoryContextSwitchTo(GetMemoryChunkContext(s));
    s->rows = new (palloc(sizeof(TableRows))) TableRows(scan, &s->order);
    MemoryContextSwitchTo(before);
}

void take_filter_rows(IndexScanDesc scan, ScanState* s) {
    s->exact = true;
    s->filter->begin_rows(scan, &s->order, s->last, s->strict_order);
}

void take_rest(IndexScanDesc scan, ScanState* s, FilterWay way) {
    s->listed = way == FilterWay::Codes;
    if (!s->listed) return take_filter_rows(scan, s);
    s->restarted = true;
    MemoryContextReset(s->context);
    start_search(scan, s);
}

void start_search(IndexScanDesc scan, ScanState* s) {
    while (!try_start(scan, s)) {
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-restart");
        s->active = nullptr;
        MemoryContextReset(s->context);
    }
}

}  // namespace vectidx
