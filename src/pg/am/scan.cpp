// Scans: ORDER BY column <operator> value, one row at a time.
#include "pg/postgres.hpp"

#include <limits>
#include <new>

#include "core/graph/search.hpp"
#include "core/layout/tid_set.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/row_limit.hpp"
#include "pg/am/scan_bound.hpp"
#include "pg/am/scan_limits.hpp"
#include "pg/am/scan_report.hpp"
#include "pg/am/table_rows.hpp"
#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/test_point.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

// A search under way. It lives in ScanState's context and needs no destruction.
struct ActiveSearch {
    Arena arena;
    NodeStore store;
    KeySpace keys;
    RotatedQuery query;
    Calibration calibration;
    SearchLimits limits;
    Search<NodeStore> search;

    ActiveSearch(MemoryContext context, Relation index, IndexState& state,
                 const RotatedQuery& prepared, const SearchLimits& wanted, FinalOrder order)
        : arena(context_arena(context)),
          store(index, state, WriteMode::Logged, arena),
          keys(state.space.keys()),
          query(prepared),
          calibration(state.meta().header.calibration),
          limits(with_calibration(wanted)),
          search(store, keys, query, limits, arena, {}, order) {}

  private:
    // The index's state may be dropped at any time; this copy may not.
    SearchLimits with_calibration(SearchLimits wanted) const {
        if (wanted.calibration != nullptr) wanted.calibration = &calibration;
        return wanted;
    }
};
static_assert(std::is_trivially_destructible_v<ActiveSearch>);

struct ScanState {
    MemoryContext context;    // of one search; reset by rescan
    ActiveSearch* active;     // nullptr before the first row
    TidSet* pending;          // rows that were on the pending list, and may since be in the graph
    const LimitState* limit;  // that takes its rows, or nullptr,
    uint32_t limited;         // where the rows that are wanted are known otherwise; 0: they are not
    MemoryContext kept;       // of what stays when the search has to start again:
    TidSet* given;            // rows given already,
    size_t most_given;        // which take no more bytes than this
    bool restarted;           // since the first row
    bool strict_order;
    double last;      // no row that the executor has returned is farther
    TableRows* rows;  // of an index of embeddings, made for the first row
    RowDistances distances;
    ScanKeyData order;  // the distance, and the value from which it is measured,
    bool null_query;    // or that is NULL: any order will do
    ScanBound bound;
    float within;  // the bound, as a key; the scan ends where all that is left is farther
    bool ended;
    ScanReport report;   // without that of the active search
    SearchResult found;  // the node whose rows are being given,
    uint32_t next_tid;   // and where in it
    ChainPosition chain;
    uint32_t chain_count;
    HeapTid chain_tids[kTidsPerSlot];
};

ScanState* state_of(IndexScanDesc scan) {
    return static_cast<ScanState*>(scan->opaque);
}

// The value to compare with; zero for NULL.
VectorView query_of(const IndexedType& type, Datum value, const MetaHeader& h, bool is_null) {
    if (is_null) return VectorBuffer(static_cast<float*>(palloc0(h.choice.dims * sizeof(float))));
    return type.vector(value, value_dims(h));
}

bool measure_rows(void* self, const SearchResult& node, bool all, Array<RowDistances::Row>* rows) {
    auto* s = static_cast<ScanState*>(self);
    return s->rows->measure(node, s->active->store, all, rows);
}

// For as long as the scan.
void open_table(IndexScanDesc scan, ScanState* s) {
    if (s->rows != nullptr) return;
    const MemoryContext before = MemoryContextSwitchTo(GetMemoryChunkContext(s));
    s->rows = new (palloc(sizeof(TableRows))) TableRows(scan, &s->order);
    MemoryContextSwitchTo(before);
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
ActiveSearch* new_search(IndexScanDesc scan, ScanState* s) {
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
    SearchLimits limits =
        limits_for(index, *state, s->limit != nullptr ? limited_rows(s->limit) : s->limited);
    if (s->null_query) limits.strict_order = false;
    limits.within = s->within = key_bound(s->bound, state->space.keys(), query);
    s->most_given = limits.max_bytes;
    s->strict_order = limits.strict_order;
    return new (palloc(sizeof(ActiveSearch)))
        ActiveSearch(s->context, index, *state, query, limits, order);
}

// Shows the search every row of the pending list. Returns false when the list changed meanwhile, so
// that rows may have been missed. The metapage that names the list is the one that the search
// starts from: what has left the list since is found in both, what left it before in the graph.
// Pages leave the list by a change of the metapage: without one, they are damaged.
bool add_pending(Relation index, ScanState* s) {
    NodeStore& store = s->active->store;
    const MetaHeader seen = store.header();
    PendingPages pages(store.pages(), seen, store.layout().words, s->active->arena, false);
    TEST_POINT("scan-metapage");
    while (pages.next())
        for (uint32_t i = 0; i < pages.count(); ++i) {
            const PendingEntry& entry = pages.entry(i);
            if (entry.state != PendingState::Waiting) continue;
            s->active->search.add_row(vector_of(entry), entry.tid);
            s->pending->insert(entry.tid);
        }
    if (pages.gone() && !list_moved(seen, index_state(index).meta().header)) store.report();
    return !pages.gone();
}

// A set that lives, with the arena that feeds it, in a context.
TidSet* new_tid_set(MemoryContext context) {
    auto* arena = new (MemoryContextAlloc(context, sizeof(Arena))) Arena(context_arena(context));
    return new (MemoryContextAlloc(context, sizeof(TidSet))) TidSet(*arena);
}

void check_scan(IndexScanDesc scan) {
    if (scan->numberOfOrderBys != 1 && scan->numberOfKeys == 0)
        elog(ERROR, "vectidx: an index can only be scanned in the order of a distance");
    // Without pins on index pages, a heap TID may be given to another row before it is fetched;
    // only an MVCC snapshot does not see that row.
    if (!IsMVCCSnapshot(scan->xs_snapshot))
        elog(ERROR, "vectidx: an index can only be scanned with an MVCC snapshot");
}

// The operator of a scan without ORDER BY, whose bound says the value.
void make_order(Relation index, ScanKey order) {
    const Oid type = index->rd_opcintype[0];
    const Oid op = get_opfamily_member(index->rd_opfamily[0], type, type, kDistanceStrategy);
    ScanKeyInit(order, 1, kDistanceStrategy, get_opcode(op), Datum{0});
}

// In the memory that stays.
void read_query(IndexScanDesc scan, ScanState* s) {
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
}

bool try_start(IndexScanDesc scan, ScanState* s) {
    // Detoasting and looking up the type may process invalidations; the state is taken after them.
    const MemoryContext before = MemoryContextSwitchTo(s->kept);
    read_query(scan, s);
    if (s->given == nullptr) s->given = new_tid_set(s->kept);
    MemoryContextSwitchTo(s->context);
    s->active = new_search(scan, s);
    s->pending = new_tid_set(s->context);
    const bool complete = add_pending(scan->indexRelation, s);
    TEST_POINT("scan-pending-done");
    MemoryContextSwitchTo(before);
    return complete;
}

// Starts the search; again when the pending list was merged while it was read.
void start_search(IndexScanDesc scan, ScanState* s) {
    while (!try_start(scan, s)) {
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-restart");
        s->active = nullptr;
        MemoryContextReset(s->context);
    }
}

// Whether a row is to be given: it may stand in the graph beside the pending list, and may have
// been given before the search started again.
bool is_new(ScanState* s, const HeapTid& tid) {
    if (s->found.id != kNoNode && s->pending->contains(tid)) return false;
    return s->given->insert(tid);
}

// The next heap TID of the node in s->found.
Next next_tid(ScanState* s, HeapTid* tid) {
    if (s->next_tid < s->found.tid_count) {
        *tid = s->found.tids[s->next_tid++];
        return Next::Row;
    }
    while (s->chain_count == 0 && !s->chain.at_end()) {
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-chain");
        if (!s->active->store.read_chain(s->found.id, &s->chain, s->chain_tids, &s->chain_count))
            return Next::Failed;
    }
    if (s->chain_count == 0) return Next::End;
    *tid = s->chain_tids[--s->chain_count];
    return Next::Row;
}

// REQUIRES: the memory of the search is still there.
void forget_search(ScanState* s) {
    if (s->active != nullptr)
        add_search(s->active->search.counters(), s->active->limits, &s->report);
    s->active = nullptr;
    s->pending = nullptr;
    s->found = {};
    s->next_tid = 0;
    s->chain = {kNoBlock, 0};
    s->chain_count = 0;
}

// In the memory of the search.
Next next_new_row(Relation index, ScanState* s, HeapTid* tid) {
    Next found = next_tid(s, tid);
    for (;;) {
        while (found == Next::Row && !is_new(s, *tid))
            found = next_tid(s, tid);
        if (found != Next::End) return found;
        const Next next = s->active->search.next(&s->found);
        if (s->active->search.counters().ended_early) report_early_end(index, &s->report);
        if (next != Next::Row) return next;
        s->next_tid = 0;
        s->chain = {s->found.overflow_block, s->found.overflow_slot};
        found = next_tid(s, tid);
    }
}

// Starts again, with rows that were given left out, when the graph that the scan reads has been
// replaced under it. That happens only as often as somebody replaces it. Whatever failed holds no
// lock and no pin, so there is nothing to clean up but memory.
bool next_row(IndexScanDesc scan, ScanState* s, HeapTid* tid) {
    for (;;) {
        if (s->active == nullptr) start_search(scan, s);
        // Many rows with equal vectors may hang on few nodes, which is all that the search counts.
        if (s->given->bytes() > s->most_given) {
            report_early_end(scan->indexRelation, &s->report);
            return false;
        }
        const MemoryContext before = MemoryContextSwitchTo(s->context);
        const Next next = next_new_row(scan->indexRelation, s, tid);
        MemoryContextSwitchTo(before);
        if (next != Next::Failed) return next == Next::Row;
        if (!s->active->store.stale()) s->active->store.report();
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-stale");
        s->restarted = true;
        forget_search(s);
        MemoryContextReset(s->context);
    }
}

// The distance that goes with the row, for the executor to sort in rows that overlap. Returns false
// where the row comes too late: a search that started again knows nothing of what was given before.
bool report_distance(IndexScanDesc scan, ScanState* s) {
    if (scan->numberOfOrderBys == 0) return true;
    scan->xs_recheckorderby = !s->found.exact && !s->null_query;
    scan->xs_orderbynulls[0] = s->null_query;
    if (s->null_query) return true;
    const KeySpace& keys = s->active->keys;
    const RotatedQuery& query = s->active->query;
    const double distance = keys.operator_distance(query, s->found.low);
    scan->xs_orderbyvals[0] = Float8GetDatum(distance);
    if (!s->strict_order) return true;
    if (s->restarted && distance < s->last) return false;
    const double most = s->found.exact ? keys.operator_distance(query, s->found.high) : distance;
    s->last = std::max(s->last, most);
    return true;
}

}  // namespace

extern "C" {

IndexScanDesc vectidx_begin_scan(Relation index, int keys, int orderbys) {
    IndexScanDesc scan = RelationGetIndexScan(index, keys, orderbys);
    auto* s = static_cast<ScanState*>(palloc0(sizeof(ScanState)));
    s->context = AllocSetContextCreate(CurrentMemoryContext, "vectidx scan", 0, 32 * 1024,
                                       ALLOCSET_DEFAULT_MAXSIZE);
    s->kept = AllocSetContextCreate(CurrentMemoryContext, "vectidx scan start", 0, 8 * 1024,
                                    ALLOCSET_DEFAULT_MAXSIZE);
    scan->opaque = s;
    if (orderbys > 0) {
        scan->xs_orderbyvals = static_cast<Datum*>(palloc0(sizeof(Datum) * orderbys));
        scan->xs_orderbynulls = static_cast<bool*>(palloc0(sizeof(bool) * orderbys));
    }
    return scan;
}

void vectidx_rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys) {
    ScanState* s = state_of(scan);
    forget_search(s);
    MemoryContextReset(s->context);
    MemoryContextReset(s->kept);
    s->given = nullptr;
    s->restarted = false;
    s->ended = false;
    s->last = -std::numeric_limits<double>::infinity();
    if (keys != nullptr && scan->numberOfKeys > 0)
        memmove(scan->keyData, keys, sizeof(ScanKeyData) * static_cast<size_t>(nkeys));
    if (orderbys != nullptr && scan->numberOfOrderBys > 0)
        memmove(scan->orderByData, orderbys, sizeof(ScanKeyData) * static_cast<size_t>(norderbys));
}

bool vectidx_get_tuple(IndexScanDesc scan, ScanDirection direction) {
    Assert(ScanDirectionIsForward(direction));
    (void)direction;
    ScanState* s = state_of(scan);
    if (s->active == nullptr) {
        check_scan(scan);
        pgstat_count_index_scan(scan->indexRelation);
    }
    HeapTid tid;
    do {
        // Rows come by their lower bounds: behind one that is farther, no nearer one is left.
        s->ended = s->ended || !next_row(scan, s, &tid) || s->found.low > s->within;
        if (s->ended) return false;
    } while (!report_distance(scan, s));
    static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
    memcpy(&scan->xs_heaptid, &tid, sizeof(tid));
    scan->xs_recheck = s->bound.recheck;
    return true;
}

void vectidx_end_scan(IndexScanDesc scan) {
    if (state_of(scan)->rows != nullptr) state_of(scan)->rows->end();
    MemoryContextDelete(state_of(scan)->context);
    MemoryContextDelete(state_of(scan)->kept);
    pfree(scan->opaque);
    scan->opaque = nullptr;
}
}

void set_row_limit(IndexScanDesc scan, const LimitState* limit) {
    state_of(scan)->limit = limit;
}

void set_row_limit(IndexScanDesc scan, uint32_t rows) {
    state_of(scan)->limited = rows;
}

ScanReport scan_report(IndexScanDesc scan) {
    const ScanState* s = state_of(scan);
    ScanReport report = s->report;
    if (s->active != nullptr) add_search(s->active->search.counters(), s->active->limits, &report);
    return report;
}

void watch_scan(IndexScanDesc scan) {
    state_of(scan)->report.watched = true;
}

}  // namespace vectidx
