// Scans: ORDER BY column <operator> value, one row at a time.
#include "pg/postgres.hpp"

#include <new>

#include "core/graph/search.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/indexed_type.hpp"
#include "pg/memory.hpp"
#include "pg/storage/node_store.hpp"
#include "pg/storage/tid_chain.hpp"

namespace vectidx {

namespace {

// A search under way. It lives in ScanState's context and needs no destruction.
struct ActiveSearch {
    Arena arena;
    NodeStore store;
    KeySpace keys;
    PreparedQuery query;
    Search<NodeStore> search;

    ActiveSearch(MemoryContext context, Relation index, IndexState& state,
                 const PreparedQuery& prepared, const SearchLimits& limits)
        : arena(context_arena(context)),
          store(index, state, WriteMode::Logged, arena),
          keys(state.space.keys()),
          query(prepared),
          search(store, keys, query, limits, arena) {}
};
static_assert(std::is_trivially_destructible_v<ActiveSearch>);

struct ScanState {
    MemoryContext context;  // of one search; reset by rescan
    ActiveSearch* active;   // nullptr before the first row
    bool null_query;        // ORDER BY column <-> NULL: any order will do
    Found found;            // the node whose rows are being given,
    uint32_t next_tid;      // and where in it
    ChainPosition chain;
    uint32_t chain_count;
    HeapTid chain_tids[kTidsPerSlot];
};

ScanState* state_of(IndexScanDesc scan) {
    return static_cast<ScanState*>(scan->opaque);
}

SearchLimits limits_for(Relation index, const IndexState& state) {
    const SearchOptions options = search_options(index);
    SearchLimits limits;
    if (options.ef_search > 0) {
        limits.batch = options.ef_search;
    } else {
        const StopRule rule = stop_rule(state.meta().header.calibration, options.target_recall);
        limits.slack = rule.slack;
        limits.batch_cap = rule.cap;
    }
    limits.max_expansions = options.max_scan_tuples;
    limits.max_bytes = static_cast<size_t>(work_mem * 1024.0 * options.scan_mem_multiplier);
    return limits;
}

PreparedQuery prepare(IndexScanDesc scan, const IndexState& state, bool is_null) {
    auto* rotated = static_cast<float*>(palloc(state.layout.padded * sizeof(float)));
    const uint32_t dims = state.layout.choice.dims;
    if (is_null) {
        auto* zero = static_cast<float*>(palloc0(dims * sizeof(float)));
        return state.space.prepare_query(zero, rotated);
    }
    const IndexedType& type = indexed_type(scan->indexRelation);
    return state.space.prepare_query(type.floats(scan->orderByData->sk_argument, dims), rotated);
}

void start_search(IndexScanDesc scan, ScanState* s) {
    if (scan->numberOfOrderBys != 1)
        elog(ERROR, "vectidx: an index can only be scanned in the order of a distance");
    // Without pins on index pages, a heap TID may be given to another row before it is fetched;
    // only an MVCC snapshot does not see that row.
    if (!IsMVCCSnapshot(scan->xs_snapshot))
        elog(ERROR, "vectidx: an index can only be scanned with an MVCC snapshot");
    const MemoryContext before = MemoryContextSwitchTo(s->context);
    // Detoasting may process invalidations; the state is taken after it.
    if ((scan->orderByData->sk_flags & SK_ISNULL) == 0)
        scan->orderByData->sk_argument =
            PointerGetDatum(PG_DETOAST_DATUM(scan->orderByData->sk_argument));
    s->null_query = (scan->orderByData->sk_flags & SK_ISNULL) != 0;
    Relation index = scan->indexRelation;
    IndexState& state = index_state(index);
    const PreparedQuery query = prepare(scan, state, s->null_query);
    s->active = new (palloc(sizeof(ActiveSearch)))
        ActiveSearch(s->context, index, state, query, limits_for(index, state));
    MemoryContextSwitchTo(before);
}

// The next heap TID of the node in s->found. Returns false when all were given.
bool next_tid(IndexScanDesc scan, ScanState* s, HeapTid* tid) {
    if (s->next_tid < s->found.tid_count) {
        *tid = s->found.tids[s->next_tid++];
        return true;
    }
    while (s->chain_count == 0 && !s->chain.at_end()) {
        CHECK_FOR_INTERRUPTS();
        s->chain_count = read_chain(scan->indexRelation, s->active->store.header().generation,
                                    s->found.id, &s->chain, s->chain_tids);
    }
    if (s->chain_count == 0) return false;
    *tid = s->chain_tids[--s->chain_count];
    return true;
}

// The distance that goes with the row, for the executor to sort in rows that overlap.
void report_distance(IndexScanDesc scan, const ScanState* s) {
    scan->xs_recheckorderby = !s->found.exact && !s->null_query;
    scan->xs_orderbynulls[0] = s->null_query;
    if (!s->null_query)
        scan->xs_orderbyvals[0] =
            Float8GetDatum(s->active->keys.operator_distance(s->active->query, s->found.low));
}

}  // namespace

extern "C" {

IndexScanDesc vectidx_begin_scan(Relation index, int keys, int orderbys) {
    IndexScanDesc scan = RelationGetIndexScan(index, keys, orderbys);
    auto* s = static_cast<ScanState*>(palloc0(sizeof(ScanState)));
    s->context = AllocSetContextCreate(CurrentMemoryContext, "vectidx scan", 0, 32 * 1024,
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
    MemoryContextReset(s->context);
    s->active = nullptr;
    s->found = {};
    s->next_tid = 0;
    s->chain = {kNoBlock, 0};
    s->chain_count = 0;
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
        pgstat_count_index_scan(scan->indexRelation);
        start_search(scan, s);
    }
    const MemoryContext before = MemoryContextSwitchTo(s->context);
    HeapTid tid;
    bool found = next_tid(scan, s, &tid);
    while (!found && s->active->search.next(&s->found)) {
        s->next_tid = 0;
        s->chain = {s->found.overflow_block, s->found.overflow_slot};
        found = next_tid(scan, s, &tid);
    }
    MemoryContextSwitchTo(before);
    if (!found) return false;
    static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
    memcpy(&scan->xs_heaptid, &tid, sizeof(tid));
    scan->xs_recheck = false;
    report_distance(scan, s);
    return true;
}

void vectidx_end_scan(IndexScanDesc scan) {
    MemoryContextDelete(state_of(scan)->context);
    pfree(scan->opaque);
    scan->opaque = nullptr;
}
}

}  // namespace vectidx
