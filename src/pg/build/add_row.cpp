#include "pg/build/add_row.hpp"

#include "pg/memory.hpp"

namespace vectidx {

namespace {

// Inner product: the largest norm bounds all (graph/space.hpp). It is raised before a longer vector
// goes in, and by a margin, so that this is rare.
void raise_max_norm(Relation index, WriteMode mode, float norm2) {
    const Buffer buffer =
        lock_page(index, kMetaBlock, {PageKind::Meta, 0, 0}, BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(index, mode);
    auto& meta = *reinterpret_cast<MetaPage*>(write.edit(buffer) + kPayloadAt);
    if (norm2 > meta.header.max_norm2) {
        meta.header.max_norm2 = norm2 < 1e37f ? 1.1f * norm2 : norm2;
        ++meta.header.version;
    }
    write.commit();
    UnlockReleaseBuffer(buffer);
}

}  // namespace

void add_row(Relation index, WriteMode mode, const InsertParams& params, const float* x,
             HeapTid tid, MemoryContext context) {
    Arena arena = context_arena(context);
    IndexState* state = &index_state(index);
    const Prepared prepared = state->space.prepare(x, arena.alloc<float>(state->layout.padded));
    if (!prepared.usable) return;
    if (prepared.norm2 > state->space.keys().max_norm2()) {
        raise_max_norm(index, mode, prepared.norm2);
        state = &index_state(index);
    }
    NodeStore store(index, *state, mode, arena);
    Inserter<NodeStore> inserter(store, state->space, params, arena);
    inserter.insert(prepared, tid);
}

}  // namespace vectidx
