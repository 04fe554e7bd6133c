#include "pg/maintain/merge.hpp"

#include "core/layout/tid_set.hpp"

#include "pg/construct/add_row.hpp"
#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/bulk_delete.hpp"
#include "pg/pages/graph_lock.hpp"
#include "pg/pages/pending_list.hpp"
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

// Takes rows of one page into the graph. Returns how many; *done: whether none is left on it.
uint32_t merge_page(Relation index, IndexState& state, const PendingPages& pages, uint32_t most,
                    MemoryContext row_context, bool* done) {
    const uint32_t entry_size = pending_layout(state.layout.words).entry_size;
    const Buffer page = read_buffer(index, pages.block());
    uint32_t merged = 0, i = 0;
    for (; i < pages.count(); ++i) {
        const PendingEntry& entry = pages.entry(i);
        if (entry.state != PendingState::Waiting) continue;
        if (merged == most) break;
        leave_when_wanted();
        const auto state_at = static_cast<uint32_t>(kPayloadAt + size_t{i} * entry_size +
                                                    offsetof(PendingEntry, state));
        const MemoryContext before = MemoryContextSwitchTo(row_context);
        add_listed(index, state, vector_of(entry), entry.tid, {page, state_at}, row_context);
        MemoryContextSwitchTo(before);
        MemoryContextReset(row_context);
        ++merged;
        TEST_POINT("merge-row");
    }
    ReleaseBuffer(page);
    *done = i == pages.count();
    return merged;
}

// The rows go into the graph while the list still has them: a scan that finds a row in both gives
// it once. Then one record drops them from the list. Returns false where they do not fit into the
// memory.
bool merge_rows(Relation index, const PendingEnd& last, const MaintenanceOptions& options,
                MemoryContext context, uint64_t* merged) {
    Arena arena = context_arena(context);
    const IndexState& state = load_state(index, kMetaBlock, context);
    auto* rows = new (arena.alloc<Rows>(1)) Rows(state.layout, arena);
    const uint64_t count = for_closed_rows(index, last, arena, [&](const PendingEntry& entry) {
        if (rows->bytes() < options.memory) rows->add(vector_of(entry), entry.tid);
    });
    if (!batch_fits(state, *rows, options)) return false;
    auto* meta_page = reinterpret_cast<char*>(arena.alloc<uint64_t>(BLCKSZ / 8));
    merge_batch(index, *rows, options, meta_page);
    TEST_POINT("merge-inserted");
    drop_pending(index, last, [&](char* page, MetaPage& meta) {
        meta.header.merging = Merging::None;
        meta.header.entry_count = meta_of(meta_page).header.entry_count;
        memcpy(page + kEntriesAt, meta_page + kEntriesAt, kEntriesBytes);
    });
    *merged = count;
    return true;
}

// Rows beyond half of the graph are built, with the graph, into a new one, in less time.
bool rebuilds(const CurrentMeta& meta, uint64_t entries) {
    constexpr uint64_t kFewRows = 1000;
    const MetaHeader& h = meta.header();
    const uint64_t nodes = uint64_t{h.groups == 0 ? 0 : h.fill_group} * meta.layout().group_nodes;
    return entries >= kFewRows && entries > nodes / 2;
}

// A batch reads the whole graph. In one thread it is only worth it for many rows. Where a row has
// several vectors there is none: undoing an interrupted one takes the heap TIDs of the listed rows
// out of the graph, and those of their vectors that steps have merged before would be lost.
bool batch_pays(const CurrentMeta& meta, uint64_t entries, const MaintenanceOptions& options) {
    if (has_arrays(meta.header())) return false;
    const uint64_t nodes = uint64_t{meta.header().groups} * meta.layout().group_nodes;
    return entries >= options.parallel_threshold &&
           (options.most_threads > 1 || entries >= nodes / 32);
}

// Whether the list is to be merged by whoever has the whole graph, as far as the metapage tells.
bool wants_whole_graph(Relation index, const MaintenanceOptions& options) {
    const CurrentMeta meta(index);
    if (meta.header().merging != Merging::None) return true;
    const uint64_t entries = pending_entries(meta.header(), meta.layout().words);
    return entries > 0 && (rebuilds(meta, entries) || batch_pays(meta, entries, options));
}

// Returns false where the rows are to go one by one. REQUIRES: the exclusive graph lock.
bool merge_at_once(Relation index, const MaintenanceOptions& options, uint64_t* merged) {
    undo_broken_merge(index);
    const PendingEnd last = close_pending(index);
    if (last.block == kNoBlock) return true;
    TEST_POINT("merge-closed");
    const CurrentMeta meta(index);
    const uint64_t entries = pending_entries(meta.header(), meta.layout().words);
    if (meta.header().merging == Merging::Batch || rebuilds(meta, entries)) {
        *merged = rebuild_graph(index, options).pending;
        return true;
    }
    if (!batch_pays(meta, entries, options)) return false;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx merge", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    const bool done = merge_rows(index, last, options, context, merged);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return done;
}

// All pages that the list has now. Between steps the locks are free for others.
uint64_t merge_in_steps(Relation index, const MaintenanceOptions& options, OnWait on_wait) {
    constexpr uint32_t kRowsPerStep = 32;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx step", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    uint64_t merged = 0;
    PendingEnd last;
    for (bool left = true; left;) {
        take_list(index, options, on_wait);
        IndexState& state = load_state(index, kMetaBlock, context);
        if (last.block == kNoBlock) last = close_pending(index);
        left = last.block != kNoBlock;
        if (left) merged += merge_step(index, state, kRowsPerStep, &last.sequence);
        const MetaHeader h = CurrentMeta(index).header();
        left = left && h.merging == Merging::None && h.pending_head != kNoBlock &&
               static_cast<int32_t>(h.pending_first - last.sequence) <= 0;
        unlock_list(index);
        TEST_POINT("merge-step");
        MemoryContextReset(context);
        delay_for_vacuum();
    }
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return merged;
}

}  // namespace

void undo_broken_merge(Relation index) {
    const Merging broken = CurrentMeta(index).header().merging;
    if (broken == Merging::None) return;
    Arena arena = context_arena(CurrentMemoryContext);
    TidSet pending(arena);
    for_pending_pages(
        index, arena, [] {},
        [&](const PendingPages& pages) {
            pages.for_waiting([&](const PendingEntry& entry) { pending.insert(entry.tid); });
        });
    remove_dead_tids(index, nullptr, tid_is_pending, &pending);
    TEST_POINT("merge-undone");
    if (broken != Merging::Batch) note_merging(index, Merging::None);
}

uint32_t merge_step(Relation index, IndexState& state, uint32_t rows, const uint32_t* last) {
    const CurrentMeta meta(index);
    const MetaHeader& h = meta.header();
    // The state may have been read before the lock was there, which keeps groups in their places.
    if (h.merging != Merging::None || h.generation != state.meta().header.generation) return 0;
    if (h.version != state.meta().header.version) refresh_state(index, state);
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx step", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext row_context =
        AllocSetContextCreate(context, "vectidx row", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(context);
    PageReader reader(index, kMetaBlock, h);
    PendingPages pages(reader, h, meta.layout().words, arena);
    uint32_t merged = 0;
    // Pages without any row that waits count, too.
    for (uint32_t seen = 0; seen < rows && merged < rows; ++seen) {
        if (!pages.next()) {
            if (pages.gone()) reader.report();
            break;
        }
        bool done = false;
        merged += merge_page(index, state, pages, rows - merged, row_context, &done);
        if (!done || pages.open()) break;
        drop_pending(index, {pages.block(), pages.sequence()}, [](char*, MetaPage&) {});
        if (last != nullptr && pages.sequence() == *last) break;
    }
    MemoryContextDelete(context);
    return merged;
}

uint64_t merge_list(Relation index, const MaintenanceOptions& options, OnWait on_wait) {
    if (wants_whole_graph(index, options)) {
        uint64_t merged = 0;
        take_graph(index, options, on_wait);
        const bool done = merge_at_once(index, options, &merged);
        unlock_graph(index, ExclusiveLock);
        if (done) return merged;
    }
    return merge_in_steps(index, options, on_wait);
}

}  // namespace vectidx
