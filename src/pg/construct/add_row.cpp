#include "pg/construct/add_row.hpp"

#include <cstring>

#include "pg/test_point.hpp"

namespace vectidx {

template class Inserter<NodeStore>;

namespace {

// Inner product: the largest norm bounds all (core/vector/metric.hpp). It is raised before a longer
// vector goes in, and by a margin, so that this is rare.
void raise_max_norm(Relation index, IndexState& state, float norm2) {
    edit_meta(index, state.meta_block, WriteMode::Logged, [&](char*, MetaPage& meta) {
        if (norm2 > meta.header.max_norm2)
            meta.header.max_norm2 = norm2 < 1e37f ? 1.1f * norm2 : norm2;
        // The rest of the state is as it was read; this is all that encoding and inserting need.
        state.space.set_max_norm2(meta.header.max_norm2);
    });
}

}  // namespace

bool encode_row(Relation index, IndexState& state, const IndexedValue& x, MemoryContext context,
                StoredVector* stored) {
    Arena arena = context_arena(context);
    const RotatedVector prepared =
        prepare_value(state.space, x, VectorBuffer(arena, state.layout.padded));
    if (!prepared.usable) return false;
    *stored = state.space.store(state.layout, prepared, arena.alloc<int16_t>(state.layout.words));
    if (stored->norm2 > state.space.keys().max_norm2()) raise_max_norm(index, state, stored->norm2);
    return true;
}

bool RowVectors::add(const StoredVector& x) {
    struct Vectors {
        const NodeLayout& layout;
        const Array<StoredVector>& vectors;

        uint32_t hash(uint32_t i) const {
            return vector_checksum(vectors[i].values, vectors[i].scale, layout.words);
        }
        bool equal(uint32_t i, uint32_t j) const {
            const StoredVector &a = vectors[i], &b = vectors[j];
            return a.scale == b.scale && a.norm2 == b.norm2 &&
                   ((a.flags ^ b.flags) & kScaledDown) == 0 &&
                   std::memcmp(a.values, b.values, layout.words * sizeof(int16_t)) == 0;
        }
    };
    vectors_.push_back(x);
    const auto at = static_cast<uint32_t>(vectors_.size() - 1);
    const bool added = table_.insert(at, Vectors{layout_, vectors_}) == UINT32_MAX;
    if (!added) vectors_.pop_back();
    return added;
}

void add_stored(Relation index, IndexState& state, const StoredVector& x, HeapTid tid,
                MemoryContext context) {
    Arena arena = context_arena(context);
    NodeStore store(index, state, WriteMode::Logged, arena);
    Inserter<NodeStore> inserter(store, state.space, insert_params(state.meta().header), arena);
    if (!inserter.insert(x, tid)) store.report();
}

void add_listed(Relation index, IndexState& state, const StoredVector& x, HeapTid tid,
                const ListedRow& row, MemoryContext context) {
    Arena arena = context_arena(context);
    NodeStore store(index, state, WriteMode::Logged, arena);
    Inserter<NodeStore> inserter(store, state.space, insert_params(state.meta().header), arena);
    const NodeId id = inserter.place(x);
    if (id == kNoNode) store.report();
    TEST_POINT("merge-placed");
    if (!store.take_tid(id, tid, x.source_checksum, row)) store.report();
}

}  // namespace vectidx
