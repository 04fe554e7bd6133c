// Scans: ORDER BY column <operator> value, one row at a time.
#include <algorithm>
#include <limits>

#include "pg/am/access_method.hpp"
#include "pg/am/array_scan.hpp"
#include "pg/am/scan_state.hpp"
#include "pg/test_point.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

void check_scan(IndexScanDesc scan) {
    if (scan->numberOfOrderBys != 1 && scan->numberOfKeys == 0)
        elog(ERROR, "vectidx: an index can only be scanned in the order of a distance");
    // Without pins on index pages, a heap TID may be given to another row before it is fetched;
    // only an MVCC snapshot does not see that row.
    if (!IsMVCCSnapshot(scan->xs_snapshot))
        elog(ERROR, "vectidx: an index can only be scanned with an MVCC snapshot");
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
    s->arrays = nullptr;
    s->pending = nullptr;
    s->found = {};
    s->next_tid = 0;
    s->chain = {kNoBlock, 0};
    s->chain_count = 0;
}

void tell_filter(ScanState* s) {
    if (!s->filtered) return;
    const uint32_t expanded = s->active->search.counters().expanded;
    if (!s->listed) return s->filter->walked(expanded);
    s->filter->searched(0, expanded - s->listed_nodes);
    s->listed_nodes = expanded;
}

// In the memory of the search.
Next next_new_row(Relation index, ScanState* s, HeapTid* tid) {
    Next found = next_tid(s, tid);
    for (;;) {
        while (found == Next::Row && !is_new(s, *tid))
            found = next_tid(s, tid);
        if (found != Next::End) return found;
        const Next next = s->active->search.next(&s->found);
        if (s->active->search.counters().ended_early && !s->filtered)
            report_early_end(index, &s->report);
        tell_filter(s);
        if (next != Next::Row) return next;
        s->next_tid = 0;
        s->chain = {s->found.overflow_block, s->found.overflow_slot};
        found = next_tid(s, tid);
    }
}

// Whether the search ended before it had seen all that the filter lets pass.
bool wants_filter_rows(const ScanState* s) {
    const auto& search = s->active->search;
    return s->filtered && (search.left() || search.counters().ended_early);
}

bool next_filter_row(IndexScanDesc scan, ScanState* s, HeapTid* tid) {
    double distance;
    // The filter gives no row twice.
    do {
        if (!s->filter->next_row(tid, &distance)) return false;
    } while (s->given->contains(*tid));
    if (scan->numberOfOrderBys > 0) {
        scan->xs_recheckorderby = false;
        scan->xs_orderbynulls[0] = false;
        scan->xs_orderbyvals[0] = Float8GetDatum(distance);
    }
    return true;
}

// Starts again, with rows that were given left out, when the graph that the scan reads has been
// replaced under it. That happens only as often as somebody replaces it. Whatever failed holds no
// lock and no pin, so there is nothing to clean up but memory.
bool next_row(IndexScanDesc scan, ScanState* s, HeapTid* tid) {
    for (;;) {
        if (s->active == nullptr && !s->exact) start_search(scan, s);
        if (s->exact) return next_filter_row(scan, s, tid);
        // Many rows with equal vectors may hang on few nodes, which is all that the search counts.
        if (s->given->bytes() > s->most_given) {
            if (s->filtered) {
                take_filter_rows(scan, s);
                continue;
            }
            report_early_end(scan->indexRelation, &s->report);
            return false;
        }
        const MemoryContext before = MemoryContextSwitchTo(s->context);
        const Next next = next_new_row(scan->indexRelation, s, tid);
        MemoryContextSwitchTo(before);
        if (next == Next::End && wants_filter_rows(s)) {
            // What a search by codes leaves, for lack of memory, is left to the table.
            const FilterWay way = s->listed ? FilterWay::Table : s->filter->rest();
            if (way == FilterWay::Codes) forget_search(s);
            take_rest(scan, s, way);
            continue;
        }
        if (next != Next::Failed) return next == Next::Row;
        if (!s->active->store.stale()) s->active->store.report();
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-stale");
        s->restarted = true;
        forget_search(s);
        MemoryContextReset(s->context);
    }
}

// The scan of an index over arrays, from the first row on.
ArrayScan* begin_array_scan(IndexScanDesc scan, ScanState* s, const IndexedType& type) {
    read_query(scan, s);
    open_table(scan, s);
    const MemoryContext before = MemoryContextSwitchTo(s->context);
    auto* arrays = new (palloc(sizeof(ArrayScan))) ArrayScan(scan, s, type);
    MemoryContextSwitchTo(before);
    return arrays;
}

bool give_array_row(IndexScanDesc scan, ScanState* s) {
    HeapTid tid;
    double distance = 0.0;
    const MemoryContext before = MemoryContextSwitchTo(s->context);
    const bool found = s->arrays->next(&tid, &distance);
    MemoryContextSwitchTo(before);
    if (!found) return false;
    memcpy(&scan->xs_heaptid, &tid, sizeof(tid));
    scan->xs_recheck = scan->xs_recheckorderby = false;
    scan->xs_orderbyvals[0] = Float8GetDatum(distance);
    scan->xs_orderbynulls[0] = s->null_query;
    return true;
}

// The distance that goes with the row, for the executor to sort in rows that overlap. Returns false
// where the row comes too late: a search that started again knows nothing of what was given before.
bool report_distance(IndexScanDesc scan, ScanState* s) {
    if (scan->numberOfOrderBys == 0 || s->exact) return true;
    scan->xs_recheckorderby = !s->found.exact && !s->null_query;
    scan->xs_orderbynulls[0] = s->null_query;
    if (s->null_query) return true;
    const KeySpace& keys = s->active->keys;
    const RotatedQuery& query = s->active->query;
    const double distance = keys.operator_distance(query, s->found.low);
    scan->xs_orderbyvals[0] = Float8GetDatum(distance);
    if (!s->strict_order && !s->filtered) return true;
    if (s->strict_order && s->restarted && distance < s->last) return false;
    const double most = s->found.exact ? keys.operator_distance(query, s->found.high) : distance;
    s->last = std::max(s->last, most);
    s->given_low = std::max(s->given_low, s->found.low);
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
    s->exact = false;
    s->listed = false;
    s->given_low = -std::numeric_limits<float>::infinity();
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
    if (s->active == nullptr && s->arrays == nullptr && !s->exact) {
        check_scan(scan);
        pgstat_count_index_scan(scan->indexRelation);
#if PG_VERSION_NUM >= 180000
        if (scan->instrument != nullptr) ++scan->instrument->nsearches;
#endif
        const IndexedType& type = indexed_type(scan->indexRelation);
        if (type.arrays) s->arrays = begin_array_scan(scan, s, type);
    }
    if (s->arrays != nullptr) return give_array_row(scan, s);
    HeapTid tid;
    do {
        // Rows come by their lower bounds: behind one that is farther, no nearer one is left.
        s->ended = s->ended || !next_row(scan, s, &tid) || (!s->exact && s->found.low > s->within);
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

void set_row_limit(IndexScanDesc scan, const LimitState* limit, uint32_t read_ahead) {
    state_of(scan)->limit = limit;
    state_of(scan)->read_ahead = read_ahead;
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

void set_scan_filter(IndexScanDesc scan, ScanFilter* filter) {
    ScanState* s = state_of(scan);
    s->filter = filter;
    s->node_rows =
        new (MemoryContextAlloc(GetMemoryChunkContext(s), sizeof(NodeRows))) NodeRows(*filter);
}

}  // namespace vectidx
