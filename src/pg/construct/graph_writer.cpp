#include "pg/construct/graph_writer.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/random.hpp"

#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/free_blocks.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

// Rows that are encoded at once, in threads, before they are written.
constexpr uint32_t kBatchRows = 4096;

class GraphWriter {
  public:
    // `meta` names the blocks.
    GraphWriter(Relation index, const FinishedGraph& graph, const MetaPage& meta)
        : index_(index), graph_(graph), layout_(graph.layout), meta_(meta) {}

    // Writes the groups of rows [first, last), whose links slots are given. REQUIRES: `first`
    // starts a group.
    void write_rows(uint32_t first, uint32_t last, const uint8_t* slots) const {
        for (uint32_t row = first; row < last; row += layout_.group_nodes) {
            leave_when_wanted();
            const uint32_t count = std::min(layout_.group_nodes, last - row);
            const uint8_t* group_slots = slots + size_t{row - first} * layout_.slot_size;
            write_part(row, count, layout_.links, PageKind::Links, group_slots);
            write_part(row, count, layout_.traversal, PageKind::Traversal, nullptr);
            write_part(row, count, layout_.refinement, PageKind::Refinement, nullptr);
        }
    }

  private:
    // The bytes of one row's part: its slot, or one of the planes of its vector.
    const void* part_bytes(uint32_t row, uint32_t index, PageKind kind,
                           const uint8_t* slots) const {
        if (kind == PageKind::Links) return slots + size_t{index} * layout_.slot_size;
        if (kind == PageKind::Traversal) return graph_.rows.high(row + index);
        return graph_.rows.refinement(row + index);
    }

    // Writes all pages of a group's part, those of no row too: the block may have been another's.
    void write_part(uint32_t row, uint32_t count, const PartLayout& part, PageKind kind,
                    const uint8_t* slots) const {
        if (part.bytes == 0) return;
        const BlockNumber group_first =
            group_block(meta_, row / layout_.group_nodes, layout_.group_pages);
        for (uint32_t i = 0; i < layout_.group_nodes; i += part.slots_per_page) {
            const uint32_t on_page = std::min(part.slots_per_page, count - std::min(count, i));
            uint32_t from = 0;
            for (uint32_t piece = 0; piece < part.pages_per_slot; ++piece) {
                const Place first = layout_.place(part, i, piece);
                const Buffer buffer = lock_unused(index_, group_first + first.page);
                PageWrite write(index_, WriteMode::Building);
                char* page = write.create(buffer, {kind, meta_.header.generation, row + i});
                for (uint32_t k = 0; k < on_page; ++k) {
                    const Place place = layout_.place(part, i + k, piece);
                    const auto* bytes =
                        static_cast<const uint8_t*>(part_bytes(row, i + k, kind, slots));
                    std::memcpy(page + place.offset, bytes + from, place.bytes);
                    set_page_end(page, place.offset + place.bytes);
                }
                write.commit();
                UnlockReleaseBuffer(buffer);
                from += first.bytes;
            }
        }
    }

    Relation index_;
    const FinishedGraph& graph_;
    const NodeLayout& layout_;
    const MetaPage& meta_;
};

// Entry points: the root of the spanning tree, and a random sample of the other rows.
void write_entries(const NodeEncoder& encoder, const FinishedGraph& graph, Arena& arena, char* page,
                   MetaHeader& header) {
    const uint32_t words = graph.layout.code_words();
    const uint32_t rows = graph.rows.size();
    EntryCode entry{{}, arena.alloc<uint64_t>(words)};
    Entries entries(page, words);
    Random random(header.seed);
    header.entry_count = std::min(entry_capacity(words), rows);
    for (uint32_t i = 0; i < header.entry_count; ++i) {
        const auto row = i == 0 ? graph.lists.root : static_cast<NodeId>(random.below(rows));
        encoder.encode_entry(row, arena, &entry);
        entries.set(i, entry.link, entry.code);
    }
}

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

void write_graph(const GraphTarget& target, const FinishedGraph& graph, unsigned threads,
                 MemoryContext context) {
    Arena arena = context_arena(context);
    const NodeLayout& layout = graph.layout;
    const uint32_t rows = graph.rows.size();
    const uint32_t groups = (rows + layout.group_nodes - 1) / layout.group_nodes;
    start_phase(BuildPhase::WritingPages, rows);
    MetaPage meta = target_state(target, context).meta();
    allocate_groups(target, groups, layout.group_pages, &meta);

    const NodeEncoder encoder(layout, graph.rows, graph.lists, graph.levels);
    const GraphWriter writer(target.index, graph, meta);
    const uint32_t batch = std::max(1u, kBatchRows / layout.group_nodes) * layout.group_nodes;
    auto* slots = arena.alloc<uint8_t>(size_t{std::min(batch, groups * layout.group_nodes)} *
                                       layout.slot_size);
    for (uint32_t first = 0; first < rows; first += batch) {
        const uint32_t last = std::min(rows, first + batch);
        leave_if_stopped(encoder.encode(first, last, threads, arena, quiet_poll(), slots));
        writer.write_rows(first, last, slots);
        count_done(last);
    }
    arena.free(slots);

    edit_meta(target.index, target.meta_block, WriteMode::Building,
              [&](char* page, MetaPage& changed) {
                  MetaHeader& h = changed.header;
                  h.extent_count = meta.header.extent_count;
                  std::copy_n(meta.extents, h.extent_count, changed.extents);
                  h.groups = groups;
                  h.fill_group = groups - 1;
                  h.live_nodes = rows;
                  h.max_norm2 = graph.max_norm2;
                  write_entries(encoder, graph, arena, page, h);
              });
    write_more_tids(target, graph, context);
}

}  // namespace vectidx
