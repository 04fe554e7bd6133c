// Inserting one row.
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/build/add_row.hpp"
#include "pg/indexed_type.hpp"

namespace vectidx {

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
    const MetaHeader& header = index_state(index).meta().header;
    const InsertParams params{header.m, header.ef_construction};
    HeapTid heap_tid;
    memcpy(&heap_tid, tid, sizeof(heap_tid));
    add_row(index, WriteMode::Logged, params, type.floats(value, header.choice.dims), heap_tid,
            context);
    MemoryContextSwitchTo(before);
    MemoryContextReset(context);
    return false;
}
}

}  // namespace vectidx
