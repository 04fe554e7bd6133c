#include <algorithm>
#include <cstring>

#include "core/construct/batch_insert.hpp"

#include "pg/construct/memory_build.hpp"
#include "pg/construct/progress.hpp"
#include "pg/maintain/graph_rows.hpp"
#include "pg/maintain/merge.hpp"
#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

// Nodes that the graph's pages have room for.
uint32_t node_limit(const IndexState& state) {
    const MetaHeader& h = state.meta().header;
    return h.groups == 0 ? 0 : (h.fill_group + 1) * state.layout.group_nodes;
}

class BatchMerge {
  public:
    BatchMerge(Relation index, const Rows& rows, const MaintenanceOptions& options, char* meta_page,
               MemoryContext context)
        : index_(index),
          rows_(rows),
          options_(options),
          arena_(context_arena(context)),
          state_(load_state(index, kMetaBlock, context)),
          store_(index, state_, WriteMode::Logged, arena_),
          image_(state_.layout, meta_page, node_limit(state_) + rows.size(), arena_) {
        std::memcpy(meta_page, state_.page, BLCKSZ);
    }

    void run();

  private:
    void load();
    void load_planes(NodeId id);
    void insert();
    void append_nodes();
    void write_lists(bool of_new);
    void write_page(const LinksPages& page);

    Relation index_;
    const Rows& rows_;
    const MaintenanceOptions& options_;
    Arena arena_;
    IndexState& state_;
    NodeStore store_;
    GraphImage image_;
    uint32_t old_nodes_ = 0;
};

void BatchMerge::run() {
    load();
    insert();
    TEST_POINT("batch-inserted");
    edit_meta(index_, kMetaBlock, WriteMode::Logged,
              [](char*, MetaPage& meta) { meta.header.merging = Merging::Batch; });
    append_nodes();
    TEST_POINT("batch-appended");
    refresh_state(index_, state_);
    write_lists(true);
    TEST_POINT("batch-linked");
    write_lists(false);
    for (const ExtraTid& extra : image_.extra_tids()) {
        CHECK_FOR_INTERRUPTS();
        if (!store_.add_tid(extra.id, extra.tid, extra.source_checksum)) store_.report();
    }
}

void BatchMerge::load() {
    LinksPages pages(index_, state_, arena_);
    while (pages.next())
        for (uint32_t i = 0; i < pages.count(); ++i) {
            const NodeId id = pages.first_node() + i;
            if (id != old_nodes_)
                report_corruption(index_, pages.block(), "a node is missing before it");
            if (!pages.node(i).check_links(node_limit(state_)))
                report_corruption(index_, pages.block(), "invalid node header");
            std::memcpy(image_.slot(id), pages.node(i).bytes(), state_.layout.slot_size);
            load_planes(id);
            ++old_nodes_;
        }
    image_.set_nodes(old_nodes_);
    image_.read_entries(
        [&](const NodeId* ids, const uint64_t*, const float*, const Bfloat16*, uint32_t count) {
            for (uint32_t i = 0; i < count; ++i)
                if (ids[i] >= old_nodes_)
                    report_corruption(index_, kMetaBlock, "an entry point is not a node");
        });
}

void BatchMerge::load_planes(NodeId id) {
    auto copy_to = [](uint8_t* to) {
        return [to](const uint8_t* bytes, uint32_t from, uint32_t count) {
            std::memcpy(to + from, bytes, count);
        };
    };
    if (state_.layout.placement() == VectorPlacement::OutOfLine &&
        !store_.read_traversal(id, copy_to(image_.traversal(id))))
        store_.report();
    if (state_.layout.refinement.bytes > 0 &&
        !store_.read_refinement(id, copy_to(image_.refinement(id))))
        store_.report();
}

void BatchMerge::insert() {
    const InsertParams params = insert_params(state_.meta().header);
    const Status status =
        insert_batch(image_, rows_, state_.space, params,
                     maintenance_threads(options_, rows_.size()), build_poll(), arena_);
    if (status == Status::Canceled) leave_if_stopped(Parallel::Stopped);
    if (status == Status::Corrupt)
        report_corruption(index_, kMetaBlock, "its spanning-tree edges form a ring");
    if (status != Status::Ok)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                        errdetail("Failed while merging %u pending vectors.", rows_.size())));
}

// The new nodes, in the order in which they became nodes of the image. Their lists lead to each
// other, so they are written when all of them are there: a merge that is broken off leaves no link
// to a node that does not exist.
void BatchMerge::append_nodes() {
    auto* values = arena_.alloc<int16_t>(state_.layout.words);
    NodeId next = old_nodes_;
    for (uint32_t row = 0; next < image_.nodes(); ++row) {
        CHECK_FOR_INTERRUPTS();
        const NodeView node(state_.layout, image_.slot(next));
        if (node.header().checksum != rows_.row(row).checksum ||
            !(node.tids()[0] == rows_.row(row).tid))
            continue;  // went to the node of an equal vector
        rows_.values(row, values);
        const NodeHeader& h = node.header();
        const NodeId id = store_.append({values, h.scale, h.norm2, h.source_checksum, h.level,
                                         h.flags, h.tid_count, 0, node.tids(), nullptr, nullptr});
        if (id == kNoNode) store_.report();
        if (id != next) report_corruption(index_, kMetaBlock, "the graph changed during a merge");
        ++next;
    }
}

// The lists of the new nodes, or of those that were there before; the former first, so that what
// leads to a new node leads on from it.
void BatchMerge::write_lists(bool of_new) {
    LinksPages pages(index_, state_, arena_);
    while (pages.next()) {
        const bool has_new = pages.first_node() + pages.count() > old_nodes_;
        bool changed = has_new;
        for (uint32_t i = 0; i < pages.count() && !changed; ++i)
            changed = image_.changed(pages.first_node() + i);
        if (!changed || has_new != of_new) continue;
        CHECK_FOR_INTERRUPTS();
        write_page(pages);
        TEST_POINT("batch-page");
    }
}

void BatchMerge::write_page(const LinksPages& page) {
    const Buffer buffer = lock_page(
        index_, page.block(), {PageKind::Links, state_.meta().header.generation, page.first_node()},
        BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(index_, WriteMode::Logged);
    char* to = write.edit(buffer) + kPayloadAt;
    const size_t size = state_.layout.slot_size;
    for (uint32_t i = 0; i < page.count(); ++i) {
        const NodeId id = page.first_node() + i;
        if (id >= old_nodes_ || image_.changed(id))
            std::memcpy(to + i * size, image_.slot(id), size);
    }
    write.commit();
    UnlockReleaseBuffer(buffer);
}

}  // namespace

bool batch_fits(const IndexState& state, const Rows& rows, const MaintenanceOptions& options) {
    const MetaHeader& h = state.meta().header;
    if (h.entry_count == 0 || rows.size() < options.parallel_threshold) return false;
    const size_t image =
        (size_t{node_limit(state)} + rows.size()) * GraphImage::node_bytes(state.layout);
    return image + rows.bytes() + batch_bytes(state.layout, insert_params(h)) <= options.memory;
}

void merge_batch(Relation index, const Rows& rows, const MaintenanceOptions& options,
                 char* meta_page) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx batch", ALLOCSET_DEFAULT_SIZES);
    BatchMerge(index, rows, options, meta_page, context).run();
    MemoryContextDelete(context);
}

}  // namespace vectidx
