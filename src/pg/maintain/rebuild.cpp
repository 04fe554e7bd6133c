#include "pg/maintain/rebuild.hpp"

#include <algorithm>
#include <cstring>

#include "core/construct/rows.hpp"

#include "pg/construct/graph_target.hpp"
#include "pg/construct/memory_build.hpp"
#include "pg/construct/parted_build.hpp"
#include "pg/construct/progress.hpp"
#include "pg/maintain/graph_rows.hpp"
#include "pg/maintain/recalibrate.hpp"
#include "pg/maintain/truncate.hpp"
#include "pg/memory.hpp"
#include "pg/pages/directory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/horizon.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/pages/pending_list.hpp"
#include "pg/pages/tid_chain.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Takes a generation's number for a new graph. The numbers of graphs that were broken off are not
// used again: whatever pages they left are not taken for those of a later one.
uint32_t begin_attempt(Relation index) {
    uint32_t attempt = 0;
    edit_meta(index, kMetaBlock, WriteMode::Logged, [&](char*, MetaPage& meta) {
        MetaHeader& h = meta.header;
        if (h.last_generation == 0) h.last_generation = h.generation + 1;
        attempt = h.attempt = ++h.last_generation;
    });
    return attempt;
}

// A block for a page of the graph in the making that is not its nodes'.
BlockNumber take_block(Relation index, FreeList* unused) {
    const uint32_t lowest =
        unused->find_lowest(1, [&](uint64_t xid) { return horizon_passed(index, xid); });
    if (lowest < unused->size()) return unused->take_front(lowest, 1).first;
    return extend_relation(index, MAIN_FORKNUM, 1, false);
}

// A metapage for the graph in the making: of the same space, without a node, and with a page of
// free blocks of its own.
BlockNumber create_shadow(Relation index, const IndexState& state, uint32_t generation,
                          FreeList unused) {
    alignas(8) char copy[BLCKSZ];
    std::memcpy(copy, state.page, BLCKSZ);
    const BlockNumber block = take_block(index, &unused), free_block = take_block(index, &unused);
    const Buffer buffer = lock_unused(index, block);
    PageWrite write(index, WriteMode::Building);
    char* page = write.create(buffer, kMetaIdentity);
    std::memcpy(page + kPayloadAt, copy + kPayloadAt, kPagePayload);
    set_page_end(page, BLCKSZ);
    auto& meta = meta_of(page);
    std::memset(meta.extents, 0, sizeof(meta.extents));
    std::memset(page + kEntriesAt, 0, kEntriesBytes);
    MetaHeader& h = meta.header;
    h.format = kIndexFormat;
    h.generation = generation;
    h.groups = h.fill_group = h.extent_count = h.entry_count = 0;
    h.tids_block = kNoBlock;
    h.free_block = 0;
    h.live_nodes = h.tombstones = 0;
    h.max_norm2 = 0.0f;
    h.calibration = default_calibration();
    write.commit();
    UnlockReleaseBuffer(buffer);
    write_free({index, block, WriteMode::Building}, unused, free_block);
    return block;
}

class Rebuild {
  public:
    Rebuild(Relation index, const MaintenanceOptions& options, const PendingEnd& pending,
            MemoryContext context)
        : index_(index),
          pending_(pending),
          options_(options),
          context_(context),
          arena_(context_arena(context)),
          state_(load_state(index, kMetaBlock, context)),
          build_(
              memory_build_params(state_.meta().header, maintenance_threads(options, UINT32_MAX))),
          rows_context_(AllocSetContextCreate(context, "vectidx rows", ALLOCSET_DEFAULT_SIZES)),
          rows_arena_(context_arena(rows_context_)),
          rows_(new (palloc(sizeof(Rows))) Rows(state_.layout, rows_arena_)) {}

    RebuildResult run();

  private:
    void add(const StoredVector& x, HeapTid tid);
    void add_graph();
    void add_pending();
    void build_collected();
    void build_parts();
    void log_graph();
    void swap_in();

    Relation index_;
    PendingEnd pending_;  // the last page of what goes into the new generation, which is closed
    const MaintenanceOptions& options_;
    MemoryContext context_;
    Arena arena_;
    IndexState& state_;        // of the old generation
    MemoryBuildParams build_;  // for as many vectors as fit
    MemoryContext rows_context_;
    Arena rows_arena_;
    Rows* rows_;                     // nullptr once they are in parted_
    PartedBuild* parted_ = nullptr;  // of all rows when they do not fit into the memory
    GraphTarget target_{};
    RebuildResult result_{};
};

RebuildResult Rebuild::run() {
    const uint64_t retired_xid = state_.meta().header.retired_xid;
    const uint32_t attempt = begin_attempt(index_);
    refresh_state(index_, state_);
    const FreeList unused = claim_unused(index_, retired_xid, Leave::SomeForRows, arena_).unused;
    target_ = {index_, create_shadow(index_, state_, attempt, unused)};
    TEST_POINT("rebuild-shadow");
    add_graph();
    if (pending_.block != kNoBlock) add_pending();
    TEST_POINT("rebuild-read");
    if (parted_ != nullptr)
        build_parts();
    else
        build_collected();
    recalibrate(target_, WriteMode::Building, maintenance_threads(options_, UINT32_MAX));
    TEST_POINT("rebuild-built");
    log_graph();
    TEST_POINT("rebuild-logged");
    swap_in();
    TEST_POINT("rebuild-swapped");
    return result_;
}

void Rebuild::add(const StoredVector& x, HeapTid tid) {
    delay_for_vacuum();
    if (parted_ != nullptr) return parted_->add(x, tid);
    rows_->add(x, tid);
    if (build_bytes(*rows_, state_.layout, build_) <= options_.memory) return;
    ereport(options_.message_level,
            (errmsg("the graph of index \"%s\" no longer fits into memory after %u vectors",
                    RelationGetRelationName(index_), rows_->size()),
             errdetail("The graph is built in parts on temporary files."),
             errhint("Increase maintenance_work_mem or autovacuum_work_mem.")));
    const MemoryContext before = MemoryContextSwitchTo(context_);
    parted_ =
        new (palloc(sizeof(PartedBuild))) PartedBuild(target_, state_.space, state_.layout, build_);
    MemoryContextSwitchTo(before);
    parted_->add(*rows_);
    MemoryContextDelete(rows_context_);
    rows_ = nullptr;
}

void Rebuild::add_graph() {
    const MemoryContext reading =
        AllocSetContextCreate(context_, "vectidx graph rows", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(reading);
    GraphRows rows(index_, state_, arena);
    while (rows.next()) {
        for (const HeapTid& tid : rows.tids())
            add(rows.vector(), tid);
    }
    MemoryContextDelete(reading);
}

void Rebuild::add_pending() {
    result_.pending += for_closed_rows(index_, pending_, arena_, [&](const PendingEntry& entry) {
        add(vector_of(entry), entry.tid);
    });
}

void Rebuild::build_collected() {
    result_.nodes += rows_->size();
    build_.threads = maintenance_threads(options_, rows_->size());
    build_graph(target_, *rows_, state_.space, state_.layout, build_);
}

void Rebuild::build_parts() {
    const PartedResult result = parted_->finish(options_.memory);
    result_.nodes += result.nodes;
    result_.parts = result.parts;
    result_.memory = result.memory;
}

// Logs the pages of the new graph. They were written in place, which nobody could see.
void Rebuild::log_graph() {
    const IndexState& state = load_state(index_, target_.meta_block, context_);
    const MetaPage& meta = state.meta();
    for (uint32_t i = 0; i < meta.header.extent_count; ++i) {
        const uint32_t end =
            i + 1 < meta.header.extent_count ? meta.extents[i + 1].first_group : meta.header.groups;
        delay_for_vacuum();
        log_blocks(index_, meta.extents[i].first_block,
                   (end - meta.extents[i].first_group) * state.layout.group_pages);
    }
    Array<BlockNo> tids(arena_);
    list_tids_pages(index_, meta.header, &tids);
    for (const BlockNo block : tids)
        log_blocks(index_, block, 1);
    Array<BlockNo> directory(arena_), maps(arena_);
    list_directory(index_, meta, &directory, &maps);
    for (const Array<BlockNo>* blocks : {&directory, &maps})
        for (const BlockNo block : *blocks) {
            delay_for_vacuum();
            log_blocks(index_, block, 1);
        }
}

// One record: from here on the metapage is that of the new graph. What inserts did to it meanwhile
// (the pending list, the largest norm) stays. Its own metapage and page of free blocks were not
// logged; they are overwritten first, so that no such page is left.
void Rebuild::swap_in() {
    alignas(8) char shadow[BLCKSZ];
    NodeLayout layout;
    read_meta(index_, target_.meta_block, shadow, &layout);
    blank_block(index_, meta_of(shadow).header.free_block);
    blank_block(index_, target_.meta_block);
    drop_pending(index_, pending_, [&](char* page, MetaPage& meta) {
        const MetaHeader old = meta.header;
        std::memcpy(page + kPayloadAt, shadow + kPayloadAt, kPagePayload);
        MetaHeader& h = meta.header;
        h.version = old.version;
        h.max_norm2 = std::max(h.max_norm2, old.max_norm2);
        h.pending_head = old.pending_head;
        h.pending_tail = old.pending_tail;
        h.pending_first = old.pending_first;
        h.pending_last = old.pending_last;
        h.pending_spare = old.pending_spare;
        h.merging = Merging::None;
        h.attempt = 0;
        h.last_generation = old.last_generation;
        h.free_block = old.free_block;
        h.cuts = old.cuts;
        h.retired_xid = retirement_xid();
    });
}

}  // namespace

unsigned maintenance_threads(const MaintenanceOptions& options, uint32_t rows) {
    return std::min(build_threads(options.parallel_threshold, rows), options.most_threads);
}

RebuildResult rebuild_graph(Relation index, const MaintenanceOptions& options) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx rebuild", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    const PendingEnd pending = close_pending(index);
    clean_up_attempt(index);
    const RebuildResult result = Rebuild(index, options, pending, context).run();
    Arena arena = context_arena(context);
    publish_unused(index, CurrentMeta(index).header().retired_xid, arena);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
    return result;
}

}  // namespace vectidx
