// Inserting one row: its vector, or each vector of its array.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/am/maintenance.hpp"
#include "pg/am/options.hpp"
#include "pg/am/worker.hpp"
#include "pg/construct/add_row.hpp"
#include "pg/maintain/merge.hpp"
#include "pg/maintain/recalibrate.hpp"
#include "pg/pages/graph_lock.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/test_point.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

// With more pending rows than this, each insert merges a few although a worker is running, or waits
// for a moment: a scan reads every pending row.
constexpr uint64_t kMostPending = 100000;
// Rows that an insert merges: with its own, some five times the work of an insert into the graph.
constexpr uint32_t kRowsPerInsert = 4;

// Whether the list is so long that scans suffer.
bool list_is_long(Relation index, const IndexState& state) {
    return pending_entries(state.meta().header, state.layout.words) >
           std::max(4 * uint64_t{pending_limit(index)}, kMostPending);
}

// A full list is merged, and a calibration that cannot wait for VACUUM is made, by a background
// worker; without one, the insert takes a few rows of the list into the graph.
void see_to_upkeep(Relation index, IndexState& state) {
    const MetaHeader& h = state.meta().header;
    const bool full = list_is_full(index, h, state.layout);
    if (!full && h.merging == Merging::None && !calibration_is_overdue(h, state.layout)) return;
    const bool helped = ask_worker(index, full ? h.pending_first : h.calibration.nodes);
    const bool most = list_is_long(index, state);
    if (!full || (helped && !most)) return;
    if (try_lock_list(index)) {
        merge_step(index, state, kRowsPerInsert, nullptr);
        unlock_list(index);
    } else if (most) {
        pg_usleep(1000);
    }
}

// Inserts the row into the graph, if there is no pending list or the list is too long, and if the
// graph can be changed; otherwise onto the list. Nodes that an interrupted batch left in the graph
// must not be revived. The metapage is read under the lock that keeps the graph in place.
// `distinct`: of the row's vectors, where it has several; else nullptr. `context` has them, `work`
// is for one.
void insert_vector(Relation index, const IndexedType& type, Datum value, HeapTid tid,
                   RowVectors* distinct, MemoryContext context, MemoryContext work) {
    bool shares = pending_limit(index) == 0 && try_share_graph(index);
    IndexState* state = &index_state(index);
    if (!shares && list_is_long(index, *state) && try_share_graph(index)) {
        shares = true;
        state = &index_state(index);
    }
    const bool direct = shares && state->meta().header.merging != Merging::Batch;
    const IndexedValue x = indexed_value(type, value, value_dims(state->meta().header));
    StoredVector stored;
    bool usable = encode_row(index, *state, x, context, &stored);
    if (distinct != nullptr) usable = usable && distinct->add(stored);
    if (usable && direct) {
        TEST_POINT("insert-graph");
        add_stored(index, *state, stored, tid, work);
    }
    if (shares) unlock_graph(index, ShareLock);
    if (usable && !direct) {
        TEST_POINT("insert-pending");
        append_pending(index, *state, stored, tid);
    }
    if (usable) see_to_upkeep(index, *state);
}

// Each vector of the array as a row of its own. One may be in the graph while the next is on the
// list.
void insert_array(Relation index, const IndexedType& type, Datum value, HeapTid tid,
                  MemoryContext context) {
    const ValueVectors vectors = vectors_of(type, value);
    RowVectors distinct(index_state(index).layout, context);
    const MemoryContext work =
        AllocSetContextCreate(context, "vectidx insert vector", ALLOCSET_DEFAULT_SIZES);
    for (int i = 0; i < vectors.count; ++i) {
        CHECK_FOR_INTERRUPTS();
        insert_vector(index, type, vectors.datums[i], tid, &distinct, context, work);
        MemoryContextReset(work);
    }
}

}  // namespace

extern "C" {

// `unchanged` needs no case of its own: the node of an equal vector is found first, and the row's
// TID is added to it.
bool vectidx_insert(Relation index, Datum* values, bool* isnull, ItemPointer tid, Relation,
                    IndexUniqueCheck, bool, IndexInfo* info) {
    if (isnull[0]) return false;
    // One context for all rows of the statement, reset after each.
    auto* context = static_cast<MemoryContext>(info->ii_AmCache);
    if (context == nullptr) {
        context = AllocSetContextCreate(info->ii_Context, "vectidx insert", 0, 256 * 1024,
                                        ALLOCSET_DEFAULT_MAXSIZE);
        info->ii_AmCache = context;
    }
    const MemoryContext before = MemoryContextSwitchTo(context);
    // Detoast first: it may process invalidations, and nothing is locked yet.
    const IndexedType& type = indexed_type(index);
    const Datum value = PointerGetDatum(PG_DETOAST_DATUM(values[0]));
    HeapTid heap_tid;
    memcpy(&heap_tid, tid, sizeof(heap_tid));
    if (type.arrays)
        insert_array(index, type, value, heap_tid, context);
    else
        insert_vector(index, type, value, heap_tid, nullptr, context, context);
    MemoryContextSwitchTo(before);
    MemoryContextReset(context);
    return false;
}
}

}  // namespace vectidx
