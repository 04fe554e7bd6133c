#include "pg/life/merge.hpp"

#include "core/format/tid_set.hpp"

#include "pg/build/add_row.hpp"
#include "pg/life/batch_merge.hpp"
#include "pg/memory.hpp"
#include "pg/storage/pending_list.hpp"
#include "pg/storage/sweep.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

void note_merging(Relation index, Merging merging) {
    edit_meta(index, kMetaBlock, WriteMode::Logged,
              [=](char*, MetaPage& meta) { meta.header.merging = merging; });
}

extern "C" bool tid_is_pending(ItemPointer pointer, void* set) {
    HeapTid tid;
    memcpy(&tid, pointer, sizeof(tid));
    return static_cast<const TidSet*>(set)->contains(tid);
}

// Calls f(PendingEntry) for the rows that wait on the closed part of the list, and returns their
// number.
template <class F>
uint64_t for_closed_rows(Relation index, const PendingEnd& last, Arena& arena, F&& f) {
    const IndexState& state = index_state(index);
    PageReader reader(index, kMetaBlock, state.meta().header);
    PendingPages pages(reader, state.meta().header, state.layout.words, arena);
    uint64_t rows = 0;
    do {
        if (!pages.next()) {
            if (!pages.gone()) reader.fail(pages.block(), "the pending list is broken");
            reader.report();
        }
        for (uint32_t i = 0; i < pages.count(); ++i)
            if (pages.entry(i).state == PendingState::Waiting) {
                f(pages.entry(i));
                ++rows;
            }
    } while (pages.sequence() != last.sequence);
    return rows;
}

void merge_one_by_one(Relation index, const PendingEnd& last, MemoryContext context) {
    Arena arena = context_arena(context);
    const MemoryContext row_context =
        AllocSetContextCreate(context, "vectidx row", ALLOCSET_DEFAULT_SIZES);
    for_closed_rows(index, last, arena, [&](const PendingEntry& entry) {
        CHECK_FOR_INTERRUPTS();
        const MemoryContext before = MemoryContextSwitchTo(row_context);
        const InsertParams params = insert_params(index_state(index).meta().header);
        add_stored(index, WriteMode::Logged, params, vector_of(entry), entry.tid, row_context);
        MemoryContextSwitchTo(before);
        MemoryContextReset(row_context);
        TEST_POINT("merge-row");
    });
}

// The rows go into the graph while the list still has them: a scan that finds a row in both gives
// it once. Then one record drops them from the list.
uint64_t merge_rows(Relation index, const PendingEnd& last, const LifeOptions& options,
                    MemoryContext context) {
    Arena arena = context_arena(context);
    const NodeLayout layout = index_state(index).layout;
    auto* rows = new (arena.alloc<Rows>(1)) Rows(layout, arena);
    const uint64_t merged = for_closed_rows(index, last, arena, [&](const PendingEntry& entry) {
        if (rows->bytes() < options.memory) rows->add(vector_of(entry), entry.tid);
    });
    auto* meta_page = reinterpret_cast<char*>(arena.alloc<uint64_t>(BLCKSZ / 8));
    const bool batch = batch_fits(index_state(index), *rows, options);
    note_merging(index, batch ? Merging::Batch : Merging::Rows);
    if (batch)
        merge_batch(index, *rows, options, meta_page);
    else
        merge_one_by_one(index, last, context);
    TEST_POINT("merge-inserted");
    drop_pending(
        index, last,
        [](void* merged_page, char* page, MetaPage& meta) {
            meta.header.merging = Merging::None;
            if (merged_page == nullptr) return;
            const auto* from = static_cast<const char*>(merged_page);
            meta.header.entry_count =
                reinterpret_cast<const MetaPage*>(from + kPayloadAt)->header.entry_count;
            memcpy(page + kEntriesAt, from + kEntriesAt, kEntriesBytes);
        },
        batch ? meta_page : nullptr);
    return merged;
}

// Rows beyond half of the graph are built, with the graph, into a new one, in less time.
bool rebuilds(const IndexState& state, uint64_t entries) {
    constexpr uint64_t kFewRows = 1000;
    const MetaHeader& h = state.meta().header;
    const uint64_t nodes = uint64_t{h.groups == 0 ? 0 : h.fill_group} * state.layout.group_nodes;
    return entries >= kFewRows && entries > nodes / 2;
}

}  // namespace

void undo_broken_merge(Relation index) {
    const Merging broken = index_state(index).meta().header.merging;
    if (broken == Merging::None) return;
    Arena arena = context_arena(CurrentMemoryContext);
    TidSet pending(arena);
    for_pending_pages(
        index, arena, [] {},
        [&](const PendingPages& pages) {
            for (uint32_t i = 0; i < pages.count(); ++i)
                if (pages.entry(i).state == PendingState::Waiting)
                    pending.insert(pages.entry(i).tid);
        });
    remove_dead_tids(index, nullptr, tid_is_pending, &pending);
    TEST_POINT("merge-undone");
    if (broken == Merging::Rows) note_merging(index, Merging::None);
}

uint64_t merge_pending(Relation index, const LifeOptions& options) {
    undo_broken_merge(index);
    const PendingEnd last = close_pending(index);
    if (last.block == kNoBlock) return 0;
    TEST_POINT("merge-closed");
    const IndexState& state = index_state(index);
    const uint64_t entries = pending_entries(state.meta().header, state.layout.words);
    if (state.meta().header.merging == Merging::Batch || rebuilds(state, entries))
        return rebuild_graph(index, options).pending;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx merge", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    const uint64_t merged = merge_rows(index, last, options, context);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return merged;
}

}  // namespace vectidx
