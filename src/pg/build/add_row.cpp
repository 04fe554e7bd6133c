#include "pg/build/add_row.hpp"

#include "pg/memory.hpp"

namespace vectidx {

namespace {

// Inner product: the largest norm bounds all (core/format/metric.hpp). It is raised before a longer
// vector goes in, and by a margin, so that this is rare.
void raise_max_norm(Relation index, WriteMode mode, float norm2) {
    edit_meta(index, kMetaBlock, mode, [&](char*, MetaPage& meta) {
        if (norm2 > meta.header.max_norm2)
            meta.header.max_norm2 = norm2 < 1e37f ? 1.1f * norm2 : norm2;
    });
}

}  // namespace

bool encode_row(Relation index, WriteMode mode, const IndexedValue& x, MemoryContext context,
                StoredVector* stored) {
    Arena arena = context_arena(context);
    const IndexState& state = index_state(index);
    const Prepared prepared =
        prepare_value(state.space, x, arena.alloc<float>(state.layout.padded));
    if (!prepared.usable) return false;
    *stored = state.space.store(state.layout, prepared, arena.alloc<int16_t>(state.layout.words));
    if (stored->norm2 > state.space.keys().max_norm2()) raise_max_norm(index, mode, stored->norm2);
    return true;
}

void add_stored(Relation index, WriteMode mode, const InsertParams& params, const StoredVector& x,
                HeapTid tid, MemoryContext context) {
    Arena arena = context_arena(context);
    IndexState& state = index_state(index);
    NodeStore store(index, state, mode, arena);
    Inserter<NodeStore> inserter(store, state.space, params, arena);
    if (!inserter.insert(x, tid)) store.report();
}

void add_row(Relation index, WriteMode mode, const InsertParams& params, const IndexedValue& x,
             HeapTid tid, MemoryContext context) {
    StoredVector stored;
    if (encode_row(index, mode, x, context, &stored))
        add_stored(index, mode, params, stored, tid, context);
}

}  // namespace vectidx
