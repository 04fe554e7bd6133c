#include "pg/construct/graph_writer.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/base/random.hpp"
#include "core/construct/unite_lists.hpp"

#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

// Gives the graph its first groups of pages, in `meta`.
// Allocates in steps, between which others get the lock for extending. They may add blocks of their
// own, which ends an extent. So a step is a 64th of the remaining groups, and all of them when
// there are many extents.
void allocate_groups(const GraphTarget& target, uint32_t groups, uint32_t group_pages,
                     MetaPage* meta) {
    constexpr uint32_t kLeast = 128, kMost = 4096;  // blocks
    const GraphPages graph = {target.index, target.meta_block, WriteMode::Building};
    MetaHeader& h = meta->header;
    h.extent_count = 0;
    h.groups = 0;
    // Half of the extents are for the graph's growth, and tiny runs are not worth one.
    const uint32_t unit = std::max(1u, groups / (kMaxExtents / 2)) * group_pages;
    BlockNumber end = kNoBlock;  // of the last extent
    while (h.groups < groups) {
        CHECK_FOR_INTERRUPTS();
        const uint32_t wanted = (groups - h.groups) * group_pages;
        const uint32_t step = h.extent_count < kMaxExtents / 4
                                  ? std::clamp(wanted / 64, kLeast, kMost) / group_pages
                                  : wanted / group_pages;
        BlockRequest request = {group_pages, wanted, Choice::Lowest, end, std::min(unit, wanted)};
        request.exact = true;
        lock_extension(target.index);
        Run run = take_free(graph, request);
        if (run.count == 0) {
            request.wanted = std::min(wanted, std::max(1u, step) * group_pages);
            run = take_blocks(graph, request);
        }
        unlock_extension(target.index);
        if (run.first != end) meta->extents[h.extent_count++] = {run.first, h.groups};
        h.groups += run.count / group_pages;
        end = run.first + run.count;
    }
}

}  // namespace

GraphWriter::GraphWriter(const GraphTarget& target, const NodeLayout& layout, uint32_t nodes,
                         MemoryContext context)
    : target_(target),
      layout_(layout),
      meta_(target_state(target, context).meta()),
      nodes_(nodes),
      written_(0) {
    Arena arena = context_arena(context);
    slots_ = arena.alloc<uint8_t>(size_t{layout.group_nodes} * layout.slot_size);
    traversal_ = arena.alloc<uint8_t>(size_t{layout.group_nodes} * layout.traversal.bytes);
    refinement_ = arena.alloc<uint8_t>(size_t{layout.group_nodes} * layout.refinement.bytes);
    allocate_groups(target, (nodes + layout.group_nodes - 1) / layout.group_nodes,
                    layout.group_pages, &meta_);
    directory_ =
        new (arena.alloc<DirectoryWriter>(1)) DirectoryWriter(target, layout, meta_, context);
}

void GraphWriter::add(const uint8_t* slot, const void* high, const void* refinement) {
    const size_t at = written_ % layout_.group_nodes;
    std::memcpy(slots_ + at * layout_.slot_size, slot, layout_.slot_size);
    if (layout_.traversal.bytes > 0)
        std::memcpy(traversal_ + at * layout_.traversal.bytes, high, layout_.traversal.bytes);
    if (layout_.refinement.bytes > 0)
        std::memcpy(refinement_ + at * layout_.refinement.bytes, refinement,
                    layout_.refinement.bytes);
    directory_->add(NodeView(layout_, slot), high);
    ++written_;
    if (at + 1 == layout_.group_nodes || written_ == nodes_) write_group();
}

void GraphWriter::write_group() const {
    leave_when_wanted();
    const uint32_t first = (written_ - 1) / layout_.group_nodes * layout_.group_nodes;
    write_part(first, layout_.links, PageKind::Links, slots_, layout_.slot_size);
    write_part(first, layout_.traversal, PageKind::Traversal, traversal_, layout_.traversal.bytes);
    write_part(first, layout_.refinement, PageKind::Refinement, refinement_,
               layout_.refinement.bytes);
}

// Writes all pages of a group's part, those of no node too: the block may have been another's.
void GraphWriter::write_part(uint32_t first, const PartLayout& part, PageKind kind,
                             const uint8_t* bytes, size_t stride) const {
    if (part.bytes == 0) return;
    const uint32_t count = written_ - first;
    const BlockNumber group_first =
        group_block(meta_, first / layout_.group_nodes, layout_.group_pages);
    for (uint32_t i = 0; i < layout_.group_nodes; i += part.slots_per_page) {
        const uint32_t on_page = std::min(part.slots_per_page, count - std::min(count, i));
        uint32_t from = 0;
        for (uint32_t piece = 0; piece < part.pages_per_slot; ++piece) {
            const Place at = layout_.place(part, i, piece);
            const Buffer buffer = lock_unused(target_.index, group_first + at.page);
            PageWrite write(target_.index, WriteMode::Building);
            char* page = write.create(buffer, {kind, meta_.header.generation, first + i});
            for (uint32_t k = 0; k < on_page; ++k) {
                const Place place = layout_.place(part, i + k, piece);
                std::memcpy(page + place.offset, bytes + (i + k) * stride + from, place.bytes);
                set_page_end(page, place.offset + place.bytes);
            }
            write.commit();
            UnlockReleaseBuffer(buffer);
            from += at.bytes;
        }
    }
}

void GraphWriter::unite(NodeId id, const NodeView& other, uint8_t* scratch) const {
    const Place at = layout_.place(layout_.links, id % layout_.group_nodes, 0);
    const NodeId first = id - id % layout_.group_nodes + layout_.first_node(at.page);
    const BlockNumber block =
        group_block(meta_, id / layout_.group_nodes, layout_.group_pages) + at.page;
    const Buffer buffer =
        lock_page(target_.index, block, {PageKind::Links, meta_.header.generation, first},
                  BUFFER_LOCK_EXCLUSIVE);
    PageWrite write(target_.index, WriteMode::Building);
    NodeSlot slot(layout_, write.edit(buffer) + at.offset);
    std::memcpy(scratch, slot.bytes(), layout_.slot_size);
    unite_lists(NodeView(layout_, scratch), other, &slot);
    write.commit();
    UnlockReleaseBuffer(buffer);
}

void GraphWriter::finish(float max_norm2, const EntryPoints& entries) {
    const DirectoryRef directory = directory_->finish();
    const uint32_t groups = (nodes_ + layout_.group_nodes - 1) / layout_.group_nodes;
    edit_meta(target_.index, target_.meta_block, WriteMode::Building,
              [&](char* page, MetaPage& changed) {
                  MetaHeader& h = changed.header;
                  h.extent_count = meta_.header.extent_count;
                  std::copy_n(meta_.extents, h.extent_count, changed.extents);
                  if (directory.pages > 0) set_directory(&changed, directory);
                  h.groups = groups;
                  h.fill_group = groups - 1;
                  h.live_nodes = nodes_;
                  h.max_norm2 = max_norm2;
                  entries.write(page, h);
              });
}

EntryPoints::EntryPoints(const NodeLayout& layout, uint64_t seed, uint32_t nodes, Arena& arena)
    : words_(layout.code_words()),
      count_(std::min(entry_capacity(layout.code_words()), nodes)),
      entries_(arena.alloc<EntryCode>(count_)) {
    auto* codes = arena.alloc<uint64_t>(size_t{count_} * words_);
    Random random(seed);
    for (uint32_t i = 0; i < count_; ++i) {
        const auto id = i == 0 ? 0 : static_cast<NodeId>(random.below(nodes));
        entries_[i] = {{id, {}, false, false}, codes + size_t{i} * words_};
    }
}

void EntryPoints::encode(const NodeEncoder& encoder, NodeId first, uint32_t rows, Arena& arena) {
    for (uint32_t i = 0; i < count_; ++i) {
        const NodeId id = entries_[i].link.id;
        if (id >= first && id - first < rows) encoder.encode_entry(id - first, arena, &entries_[i]);
    }
}

void EntryPoints::write(char* page, MetaHeader& header) const {
    Entries entries(page, words_);
    header.entry_count = count_;
    for (uint32_t i = 0; i < count_; ++i)
        entries.set(i, entries_[i].link, entries_[i].code);
}

void encode_slots(const NodeEncoder& encoder, const NodeLayout& layout, uint32_t rows,
                  unsigned threads, Arena& arena,
                  FunctionRef<void(uint32_t, const uint8_t*)> take) {
    constexpr size_t kBytes = size_t{4} << 20;
    const auto batch = std::min(
        rows, static_cast<uint32_t>(std::clamp<size_t>(kBytes / layout.slot_size, 256, 4096)));
    auto* slots = arena.alloc<uint8_t>(size_t{batch} * layout.slot_size);
    for (uint32_t first = 0; first < rows; first += batch) {
        const uint32_t last = std::min(rows, first + batch);
        leave_if_stopped(encoder.encode(first, last, threads, arena, quiet_poll(), slots));
        for (uint32_t row = first; row < last; ++row)
            take(row, slots + size_t{row - first} * layout.slot_size);
        count_done(last);
    }
    arena.free(slots);
}

namespace {

// TIDs beyond those in the slots go to overflow chains.
void write_more_tids(const GraphTarget& target, const FinishedGraph& graph, MemoryContext context) {
    const uint32_t inline_tids = graph.layout.choice.tid_capacity;
    Arena arena = context_arena(context);
    NodeStore store(target.index, target_state(target, context), WriteMode::Building, arena);
    for (uint32_t row = 0; row < graph.rows.size(); ++row) {
        if (graph.rows.row(row).tids <= inline_tids) continue;
        uint32_t more = graph.rows.row(row).more;
        for (uint32_t skipped = 1; skipped < inline_tids; ++skipped)
            more = graph.rows.more(more).next;
        for (; more != kNoMore; more = graph.rows.more(more).next) {
            leave_when_wanted();
            if (!store.add_tid(row, graph.rows.more(more).tid, graph.rows.row(row).source_checksum))
                store.report();
        }
    }
}

}  // namespace

void write_graph(const GraphTarget& target, const FinishedGraph& graph, unsigned threads,
                 MemoryContext context) {
    Arena arena = context_arena(context);
    const uint32_t rows = graph.rows.size();
    start_phase(BuildPhase::WritingPages, rows);
    const NodeEncoder encoder(graph.layout, graph.rows, graph.lists, graph.levels);
    GraphWriter writer(target, graph.layout, rows, context);
    encode_slots(encoder, graph.layout, rows, threads, arena,
                 [&](uint32_t row, const uint8_t* slot) {
                     writer.add(slot, graph.rows.high(row), graph.rows.refinement(row));
                 });
    EntryPoints entries(graph.layout, writer.seed(), rows, arena);
    entries.set_root(graph.lists.root);
    entries.encode(encoder, 0, rows, arena);
    writer.finish(graph.max_norm2, entries);
    write_more_tids(target, graph, context);
}

}  // namespace vectidx
