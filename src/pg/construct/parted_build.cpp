#include "pg/construct/parted_build.hpp"

#include <algorithm>
#include <new>

#include "core/base/random.hpp"

#include "pg/construct/graph_writer.hpp"
#include "pg/construct/part_division.hpp"
#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

// A part with fewer rows makes no good graph, and one takes so much memory anyway.
constexpr uint32_t kFewRows = 512;
constexpr uint64_t kSeed = 0x62726964676573;
constexpr size_t kLeastMemory = size_t{4} << 20, kMostForFewRows = size_t{32} << 20;
// What a part may take beyond the limit: 64 MB are for all that is not the graph, and little of
// this is needed while a part is built.
constexpr size_t kMostBeyond = size_t{32} << 20;

// Rows, copies among them, that a part may have.
uint32_t part_capacity(const NodeLayout& layout, const MemoryBuildParams& params, size_t memory,
                       uint64_t rows) {
    const size_t few = std::min(kMostForFewRows, build_bytes(kFewRows, layout, params));
    const size_t most = std::max({memory + std::min(memory / 2, kMostBeyond), kLeastMemory, few});
    uint32_t fits = 1, too_many = UINT32_MAX / 16;
    while (too_many - fits > 1) {
        const uint32_t middle = fits + (too_many - fits) / 2;
        const size_t bytes = build_bytes(middle, layout, params);
        (bytes <= most - most / 32 ? fits : too_many) = middle;
    }
    return static_cast<uint32_t>(std::max<uint64_t>(fits, 2 * rows / kMostParts));
}

// Rows, from all parts, to which every part has links, so that a search gets from any entry point
// to any part. Without them, a cluster without an entry point or a copy is not found from
// elsewhere: 12,000 rows in 100 clusters, 6 parts, ef_search 40 have recall .967 instead of 1.
uint32_t bridges_wanted(uint32_t capacity, uint64_t rows) {
    const uint64_t parts = rows / capacity + 1;
    return static_cast<uint32_t>(
        std::clamp<uint64_t>(std::max<uint64_t>(capacity / 24, 4 * parts), 1, capacity / 8 + 1));
}

// A heap TID for a node, where an equal vector has made the node.
struct MoreTid {
    NodeId id;
    uint32_t source_checksum;
    HeapTid tid;
};

class PartsGraph {
  public:
    PartsGraph(const GraphTarget& target, const VectorSpace& space, const NodeLayout& layout,
               const MemoryBuildParams& params, const PartFiles& parts, uint32_t capacity,
               uint32_t bridges, MemoryContext context)
        : target_(target),
          space_(space),
          layout_(layout),
          params_(params),
          parts_(parts),
          capacity_(capacity),
          bridges_wanted_(bridges),
          context_(context),
          part_context_(AllocSetContextCreate(context, "vectidx part", ALLOCSET_DEFAULT_SIZES)),
          arena_(context_arena(context)),
          first_(arena_.alloc<NodeId>(size_t{parts.count} + 1)),
          copies_(arena_.alloc<RowFile>(parts.count)),
          lists_(arena_.alloc<TempFile>(parts.count)),
          bridges_(layout, context),
          more_tids_(context),
          values_(arena_.alloc<int16_t>(layout.words)),
          anchor_values_(arena_.alloc<int16_t>(layout.words)) {
        for (uint32_t i = 0; i < parts.count; ++i) {
            new (&copies_[i]) RowFile(layout, context);
            new (&lists_[i]) TempFile(context);
        }
    }

    uint64_t number_nodes(uint64_t all);
    void build(float max_norm2);

  private:
    void build_part(uint32_t part, GraphWriter* writer, EntryPoints* entries);
    uint32_t load_own(uint32_t part, Rows* rows);
    void load_copies(uint32_t part, Rows* rows, NodeId* names);
    NodeId load_anchor(Rows* rows, NodeId* names);
    void load_bridges(uint32_t part, Rows* rows, NodeId* names);
    void write_slots(const NodeEncoder& encoder, const Rows& rows, uint32_t own, uint32_t count,
                     const NodeId* names, Arena& arena, GraphWriter* writer);
    void start_step(int64 total);
    void unite_lists(const GraphWriter& writer);
    void add_tids();
    uint32_t part_of(NodeId id) const;

    GraphTarget target_;
    const VectorSpace& space_;
    const NodeLayout& layout_;
    const MemoryBuildParams& params_;
    PartFiles parts_;
    uint64_t capacity_;  // rows of a part, copies among them
    uint32_t bridges_wanted_;
    MemoryContext context_;
    MemoryContext part_context_;
    Arena arena_;
    NodeId* first_;        // [parts + 1] of a part
    RowFile* copies_;      // [parts] rows of other parts; the mark is the node
    TempFile* lists_;      // [parts] of the part's nodes, as they are in other parts: id and slot
    RowFile bridges_;      // the mark is the node
    TempFile more_tids_;   // MoreTid
    uint64_t others_ = 0;  // on lists_
    uint64_t tids_ = 0;    // on more_tids_
    int16_t* values_;      // of one row
    // A node of the part before that the next part hangs on, by a spanning-tree edge.
    int16_t* anchor_values_;
    StoredVector anchor_{};
    NodeId anchor_id_ = kNoNode;
    int64 counted_ = 0;  // in the steps before the current one, which counts to
    int64 step_total_ = 0;
};

// A node is a vector that differs from all before it. Equal ones are in one part.
uint64_t PartsGraph::number_nodes(uint64_t all) {
    Random random(kSeed);
    uint64_t nodes = 0;
    int64 done = 0;
    for (uint32_t part = 0; part < parts_.count; ++part) {
        MemoryContextReset(part_context_);
        Arena arena = context_arena(part_context_);
        Rows rows(layout_, arena);
        first_[part] = static_cast<NodeId>(nodes);
        RowFile& own = parts_.rows[part];
        own.rewind();
        for (RowRecord row; own.read(values_, &row);) {
            leave_when_wanted();
            if (++done % 1024 == 0) count_done(done);
            const uint32_t before = rows.size();
            if (rows.place(row.vector, row.tid) < before) continue;
            if (random.below(all) < bridges_wanted_)
                bridges_.write(row.vector, row.tid, first_[part] + before);
            for (const uint32_t other : row.mark)
                if (other != kNoPart &&
                    parts_.rows[other].rows() + copies_[other].rows() < capacity_)
                    copies_[other].write(row.vector, row.tid, first_[part] + before);
        }
        nodes += rows.size();
    }
    first_[parts_.count] = static_cast<NodeId>(nodes);
    MemoryContextReset(part_context_);
    return nodes;
}

void PartsGraph::build(float max_norm2) {
    const uint32_t nodes = first_[parts_.count];
    uint64_t rows = nodes + parts_.count * (bridges_.rows() + 1);  // with an anchor each
    for (uint32_t part = 0; part < parts_.count; ++part)
        rows += copies_[part].rows();
    start_phase(BuildPhase::BuildingParts, static_cast<int64>(rows) * build_steps(params_));
    GraphWriter writer(target_, layout_, nodes, context_);
    EntryPoints entries(layout_, writer.seed(), nodes, arena_);
    for (uint32_t part = 0; part < parts_.count; ++part)
        build_part(part, &writer, &entries);
    writer.finish(max_norm2, entries);
    start_phase(BuildPhase::UnitingLists, static_cast<int64>(others_ + tids_));
    bridges_.close();
    unite_lists(writer);
    add_tids();
}

// Reads the rows of the part, those that differ, and puts the TIDs of the others aside.
uint32_t PartsGraph::load_own(uint32_t part, Rows* rows) {
    RowFile& own = parts_.rows[part];
    own.rewind();
    for (RowRecord row; own.read(values_, &row);) {
        leave_when_wanted();
        const uint32_t before = rows->size(), at = rows->place(row.vector, row.tid);
        if (at == before) continue;
        const MoreTid more = {first_[part] + at, row.vector.source_checksum, row.tid};
        more_tids_.write(&more, sizeof(more));
        ++tids_;
    }
    own.close();
    return rows->size();
}

void PartsGraph::load_copies(uint32_t part, Rows* rows, NodeId* names) {
    RowFile& copies = copies_[part];
    copies.rewind();
    for (RowRecord row; copies.read(values_, &row);) {
        leave_when_wanted();
        const uint32_t before = rows->size();
        if (rows->place(row.vector, row.tid) < before)
            elog(ERROR, "vectidx: equal vectors are in two parts");
        names[before] = row.mark[0];
    }
    copies.close();
}

// Those that are in the part already are no bridges.
void PartsGraph::load_bridges(uint32_t part, Rows* rows, NodeId* names) {
    bridges_.rewind();
    for (RowRecord row; bridges_.read(values_, &row);) {
        leave_when_wanted();
        if (row.mark[0] >= first_[part] && row.mark[0] < first_[part + 1]) continue;
        const uint32_t before = rows->size();
        if (rows->place(row.vector, row.tid) == before) names[before] = row.mark[0];
    }
}

// The anchor may have a copy in the part.
NodeId PartsGraph::load_anchor(Rows* rows, NodeId* names) {
    const uint32_t before = rows->size();
    const NodeId at = rows->place(anchor_, {});
    if (at == before) names[at] = anchor_id_;
    if (names[at] != anchor_id_) elog(ERROR, "vectidx: equal vectors are in two parts");
    return at;
}

void PartsGraph::start_step(int64 total) {
    counted_ += step_total_;
    step_total_ = total;
    count_from(counted_);
}

// A part's graph has its own rows, copies of rows of other parts, the anchor and the bridges. Its
// spanning tree has its own rows alone: every node is the end of one edge. The bridges are there to
// be led to; from them a search goes on by the lists of their own parts.
void PartsGraph::build_part(uint32_t part, GraphWriter* writer, EntryPoints* entries) {
    MemoryContextReset(part_context_);
    const MemoryContext before = MemoryContextSwitchTo(part_context_);
    Arena arena = context_arena(part_context_);
    Rows rows(layout_, arena);
    const uint32_t own = load_own(part, &rows);
    auto* names = arena.alloc<NodeId>(own + copies_[part].rows() + 1 + bridges_.rows());
    for (uint32_t i = 0; i < own; ++i)
        names[i] = first_[part] + i;
    load_copies(part, &rows, names);
    if (own > 0) {
        const NodeId anchor = anchor_id_ != kNoNode ? load_anchor(&rows, names) : kNoNode;
        const uint32_t written = rows.size();
        load_bridges(part, &rows, names);
        BuiltLists built = build_lists(rows, own, space_, layout_, params_, arena,
                                       [&](BuildPhase, int64 total) { start_step(total); });
        Lists& lists = built.lists;
        if (anchor == kNoNode)
            entries->set_root(names[lists.root]);
        else if (!add_tree_edge(anchor, lists.root, &lists))
            elog(ERROR, "vectidx: a row has no place for a spanning-tree edge");
        start_step(written);
        const NodeEncoder encoder(layout_, rows, lists, built.levels, names);
        write_slots(encoder, rows, own, written, names, arena, writer);
        entries->encode(encoder, first_[part], own, arena);
        const NodeId next = row_with_room(own, lists);
        anchor_ = rows.stored(next, anchor_values_);
        anchor_id_ = names[next];
    }
    MemoryContextSwitchTo(before);
    MemoryContextReset(part_context_);
}

void PartsGraph::write_slots(const NodeEncoder& encoder, const Rows& rows, uint32_t own,
                             uint32_t count, const NodeId* names, Arena& arena,
                             GraphWriter* writer) {
    encode_slots(encoder, layout_, count, params_.threads, arena,
                 [&](uint32_t row, const uint8_t* slot) {
                     if (row < own) return writer->add(slot, rows.high(row), rows.refinement(row));
                     TempFile& lists = lists_[part_of(names[row])];
                     lists.write(&names[row], sizeof(NodeId));
                     lists.write(slot, layout_.slot_size);
                     ++others_;
                 });
}

uint32_t PartsGraph::part_of(NodeId id) const {
    return static_cast<uint32_t>(std::upper_bound(first_, first_ + parts_.count, id) - first_ - 1);
}

// Part by part, so that the pages of few nodes are read again.
void PartsGraph::unite_lists(const GraphWriter& writer) {
    auto* slot = reinterpret_cast<uint8_t*>(arena_.alloc<uint64_t>(layout_.slot_size / 8 + 1));
    auto* scratch = reinterpret_cast<uint8_t*>(arena_.alloc<uint64_t>(layout_.slot_size / 8 + 1));
    int64 done = 0;
    for (uint32_t part = 0; part < parts_.count; ++part) {
        lists_[part].rewind();
        for (NodeId id; lists_[part].read(&id, sizeof(id));) {
            leave_when_wanted();
            if (!lists_[part].read(slot, layout_.slot_size))
                elog(ERROR, "vectidx: a list on a temporary file is gone");
            writer.unite(id, NodeView(layout_, slot), scratch);
            if (++done % 256 == 0) count_done(done);
        }
        lists_[part].close();
    }
    count_from(done);
}

void PartsGraph::add_tids() {
    more_tids_.rewind();
    int64 done = 0;
    NodeStore store(target_.index, target_state(target_, context_), WriteMode::Building, arena_);
    for (MoreTid more; more_tids_.read(&more, sizeof(more));) {
        leave_when_wanted();
        if (!store.add_tid(more.id, more.tid, more.source_checksum)) store.report();
        if (++done % 256 == 0) count_done(done);
    }
    more_tids_.close();
}

}  // namespace

PartedBuild::PartedBuild(const GraphTarget& target, const VectorSpace& space,
                         const NodeLayout& layout, const MemoryBuildParams& params)
    : target_(target),
      layout_(layout),
      params_(params),
      context_(
          AllocSetContextCreate(CurrentMemoryContext, "vectidx parts", ALLOCSET_DEFAULT_SIZES)),
      space_(space),
      rows_(layout, context_),
      max_norm2_(0.0f) {}

void PartedBuild::add(const StoredVector& x, HeapTid tid) {
    max_norm2_ = std::max(max_norm2_, x.norm2);
    rows_.write(x, tid, 0);
}

void PartedBuild::add(const Rows& rows) {
    Arena arena = context_arena(context_);
    auto* values = arena.alloc<int16_t>(layout_.words);
    for (uint32_t i = 0; i < rows.size(); ++i) {
        leave_when_wanted();
        const StoredVector x = rows.stored(i, values);
        add(x, rows.row(i).tid);
        for (uint32_t more = rows.row(i).more; more != kNoMore; more = rows.more(more).next)
            add(x, rows.more(more).tid);
    }
    arena.free(values);
}

PartedResult PartedBuild::finish(size_t memory) {
    const MemoryContext before = MemoryContextSwitchTo(context_);
    const uint64_t rows = rows_.rows();
    uint32_t capacity = part_capacity(layout_, params_, memory, rows);
    const uint32_t bridges = rows > capacity ? bridges_wanted(capacity, rows) : 0;
    capacity -= bridges;
    space_.set_max_norm2(max_norm2_);
    start_phase(BuildPhase::DividingRows, 3 * static_cast<int64>(rows));
    const PartFiles parts =
        divide_rows(&rows_, space_, layout_, {capacity, memory, params_.threads});
    count_from(2 * static_cast<int64>(rows));
    PartsGraph graph(target_, space_, layout_, params_, parts, capacity, bridges, context_);
    const uint64_t nodes = graph.number_nodes(rows);
    graph.build(max_norm2_);
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context_);
    return {nodes, parts.count, build_bytes(static_cast<uint32_t>(nodes), layout_, params_)};
}

}  // namespace vectidx
