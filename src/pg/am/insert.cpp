// Inserting one row.
#include "pg/postgres.hpp"

#include <algorithm>

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/build/add_row.hpp"
#include "pg/indexed_type.hpp"
#include "pg/life/merge.hpp"
#include "pg/storage/life_lock.hpp"
#include "pg/storage/pending_list.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Rows that wait, beyond which an insert that cannot merge them waits for whoever is at work on the
// graph: a scan looks at each of them.
constexpr uint64_t kMostPending = 100000;
// Rows that are left over from a rebuild, beyond which an insert merges them.
constexpr uint32_t kFewPending = 256;

// Merges the list when it is full and nobody else is at it.
void merge_when_full(Relation index) {
    const IndexState& state = index_state(index);
    const uint64_t entries = pending_entries(state.meta().header, state.layout.words);
    const uint64_t limit = std::max(pending_limit(index), kFewPending);
    if (entries <= limit) return;
    if (!try_lock_life(index, ExclusiveLock)) {
        if (entries <= std::max(4 * limit, kMostPending)) return;
        lock_life(index, ExclusiveLock);
    }
    merge_pending(index, life_options(index, DEBUG1, false));
    unlock_life(index, ExclusiveLock);
}

// The life lock for an insert into the graph. What a broken batch left in there must not be
// revived.
bool try_lock_graph(Relation index) {
    if (!try_lock_life(index, ShareLock)) return false;
    if (index_state(index).meta().header.merging != Merging::Batch) return true;
    unlock_life(index, ShareLock);
    return false;
}

// Into the graph, where that is wanted and the graph may be changed; else onto the list.
void insert_row(Relation index, const IndexedValue& x, HeapTid tid, MemoryContext context) {
    StoredVector stored;
    if (!encode_row(index, WriteMode::Logged, x, context, &stored)) return;
    if (pending_limit(index) == 0 && try_lock_graph(index)) {
        const InsertParams params = insert_params(index_state(index).meta().header);
        TEST_POINT("insert-graph");
        add_stored(index, WriteMode::Logged, params, stored, tid, context);
        unlock_life(index, ShareLock);
    } else {
        TEST_POINT("insert-pending");
        append_pending(index, stored, tid);
    }
    if (index_state(index).meta().header.pending_head != kNoBlock) merge_when_full(index);
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
    const uint32_t dims = value_dims(index_state(index).meta().header);
    insert_row(index, indexed_value(type, value, dims), heap_tid, context);
    MemoryContextSwitchTo(before);
    MemoryContextReset(context);
    return false;
}
}

}  // namespace vectidx
