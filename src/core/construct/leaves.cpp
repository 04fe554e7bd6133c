#include "core/construct/leaves.hpp"

#include <algorithm>
#include <new>

#include "core/base/sort_by_group.hpp"
#include "core/construct/leaf_lists.hpp"
#include "core/construct/leaf_rules.hpp"
#include "core/construct/list_pruner.hpp"
#include "core/construct/partition.hpp"
#include "core/construct/sample_lists.hpp"

namespace vectidx {

namespace {

constexpr uint32_t kChunk = 64;
// Of sparse lists, at most. Text at recall .99 needs 285 expansions with one, 150 with two; 200 in
// hnswlib's graph.
constexpr uint32_t kRefinements = 2;

static_assert(kMostLeavesRows <= UINT32_MAX / kCopies);

// One thread's working memory.
struct Scratch {
    ListPruner pruner;
    NodeId* candidates;  // [kCopies * nearest]
};

class Build {
  public:
    Build(const PackedVectors& packed, const LeavesParams& params, Arena& arena, Poll poll,
          RawGraph* graph);
    Parallel run();
    Parallel add_samples();
    // Ends the progress. Returns false when the build is to stop.
    bool end();
    void release();

  private:
    Parallel near_rows(Partition& partition);
    Parallel search_all(Partition& partition);
    Parallel choose_all(Partition& partition, const LeafLists& leaves);
    void choose(Scratch& s, const Partition& partition, NodeId row);
    void collect_reverse();
    Parallel link();
    void link_row(Scratch& s, NodeId row);
    Parallel refine();
    uint32_t refined(Scratch& s, NodeId row, NodeId* out);
    Parallel build_sample(const PackedVectors& sample, size_t done, RawGraph* graph);
    void put_first(Scratch& s, NodeId row, const NodeId* ids, uint32_t count);
    size_t edges() const;
    Parallel for_rows(FunctionRef<void(Scratch&, uint32_t)> step);
    NodeId* list(NodeId row) const { return graph_.ids + size_t{row} * graph_.stride; }

    const PackedVectors& packed_;
    LeavesParams params_;
    Arena& arena_;
    Stop stop_;
    RawGraph& graph_;
    uint32_t nearest_;
    Scratch* scratch_;
    size_t* reverse_first_ = nullptr;  // [rows + 1]
    NodeId* reverse_ = nullptr;        // the rows whose lists lead to a row
};

Build::Build(const PackedVectors& packed, const LeavesParams& params, Arena& arena, Poll poll,
             RawGraph* graph)
    : packed_(packed),
      params_(params),
      arena_(arena),
      stop_(params.threads, poll),
      graph_(*graph),
      nearest_(nearest_in_leaf(graph->rows, params)),
      scratch_(arena.alloc<Scratch>(params.threads)) {
    for (unsigned t = 0; t < params.threads; ++t)
        new (&scratch_[t]) Scratch{ListPruner(packed, looked_at(params), params.degree, arena),
                                   arena.alloc<NodeId>(size_t{kCopies} * nearest_)};
}

void Build::release() {
    for (unsigned t = 0; t < params_.threads; ++t) {
        scratch_[t].pruner.release(arena_);
        arena_.free(scratch_[t].candidates);
    }
    arena_.free(scratch_);
    arena_.free(reverse_first_);
    arena_.free(reverse_);
}

// Steps for the rows in their order.
Parallel Build::for_rows(FunctionRef<void(Scratch&, uint32_t)> step) {
    return stop_.outcome(parallel_for(
        params_.threads, graph_.rows, kChunk,
        [&](size_t first, size_t last, unsigned worker) {
            for (size_t i = first; i < last; ++i)
                step(scratch_[worker], graph_.order[i]);
            return true;
        },
        [&](size_t done) { return stop_.poll(done); }));
}

Parallel Build::run() {
    const size_t rows = graph_.rows;
    std::fill_n(graph_.level, rows, uint8_t{0});
    for (uint32_t i = 0; i < rows; ++i)
        graph_.order[i] = i;
    Partition partition(packed_, graph_.rows, partition_params(graph_.rows, params_), arena_);
    Parallel result = partition.run(stop_);
    if (result == Parallel::Done) result = near_rows(partition);
    partition.release();
    if (result == Parallel::Done) result = link();
    for (uint32_t i = 0;
         i < kRefinements && result == Parallel::Done && is_sparse(edges(), graph_.rows, params_);
         ++i)
        result = refine();
    return result;
}

// The last steps may be done sooner than parallel_for() asks.
bool Build::end() {
    stop_.begin(size_t{kLeavesPhases} * graph_.rows);
    return !stop_.poll(0);
}

Parallel Build::near_rows(Partition& partition) {
    const size_t rows = graph_.rows;
    stop_.begin(rows);
    if (one_leaf(graph_.rows, params_)) return search_all(partition);
    LeafLists leaves(packed_, partition, graph_.rows, nearest_, params_.threads, arena_);
    Parallel result = leaves.run(stop_);
    if (result == Parallel::Done) {
        leaves.order(graph_.order);
        stop_.begin(2 * rows);
        result = choose_all(partition, leaves);
    }
    leaves.release();
    return result;
}

Parallel Build::choose_all(Partition& partition, const LeafLists& leaves) {
    return for_rows([&](Scratch& s, uint32_t row) {
        s.pruner.begin(row);
        const uint32_t count = leaves.candidates(row, s.candidates);
        for (uint32_t i = 0; i < count; ++i)
            s.pruner.add(s.candidates[i]);
        choose(s, partition, row);
    });
}

// One leaf: each row is compared with all others.
Parallel Build::search_all(Partition& partition) {
    struct Worker {
        RowBlock block;
        NearColumn* items;
        NearestList lists[kBlockRows];
    };
    ColumnSet columns(packed_, graph_.rows, arena_);
    columns.add(graph_.order, graph_.rows);
    columns.end_panel();
    auto* workers = arena_.alloc<Worker>(params_.threads);
    for (unsigned t = 0; t < params_.threads; ++t)
        new (&workers[t]) Worker{
            RowBlock(packed_, arena_), arena_.alloc<NearColumn>(size_t{kBlockRows} * nearest_), {}};
    const auto search = [&](Worker& w, Scratch& s, size_t first, size_t last) {
        w.block.fill(graph_.order + first, static_cast<uint32_t>(last - first));
        for (uint32_t i = 0; i < w.block.count(); ++i)
            w.lists[i] = {w.items + size_t{i} * nearest_, nearest_, 0};
        columns.nearest(w.block, 0, columns.panels(), w.lists);
        for (uint32_t i = 0; i < w.block.count(); ++i) {
            s.pruner.begin(w.block.row(i));
            for (uint32_t k = 0; k < w.lists[i].count; ++k)
                s.pruner.add(
                    {w.lists[i].items[k].distance, columns.row(w.lists[i].items[k].column)});
            choose(s, partition, w.block.row(i));
        }
    };
    const Parallel result = stop_.outcome(parallel_for(
        params_.threads, graph_.rows, kBlockRows,
        [&](size_t first, size_t last, unsigned worker) {
            search(workers[worker], scratch_[worker], first, last);
            return true;
        },
        [&](size_t done) { return stop_.poll(2 * done); }));
    for (unsigned t = 0; t < params_.threads; ++t) {
        workers[t].block.release(arena_);
        arena_.free(workers[t].items);
    }
    arena_.free(workers);
    columns.release(arena_);
    return result;
}

// The row's list, from the candidates that the pruner has and the long ones.
void Build::choose(Scratch& s, const Partition& partition, NodeId row) {
    NodeId leaders[kLongCandidates];
    const uint32_t count = partition.long_candidates(row, leaders);
    for (uint32_t i = 0; i < count; ++i)
        s.pruner.add(leaders[i]);
    graph_.count[row] =
        static_cast<uint8_t>(s.pruner.choose(std::min(params_.m, params_.degree), list(row)));
}

size_t Build::edges() const {
    size_t sum = 0;
    for (uint32_t row = 0; row < graph_.rows; ++row)
        sum += graph_.count[row];
    return sum;
}

// In the order of the rows that the edges come from.
void Build::collect_reverse() {
    const uint32_t rows = graph_.rows;
    if (reverse_first_ == nullptr) reverse_first_ = arena_.alloc<size_t>(size_t{rows} + 1);
    arena_.free(reverse_);
    reverse_ = arena_.alloc<NodeId>(edges());
    sort_by_group(rows, reverse_first_, reverse_, [&](auto&& edge) {
        for (NodeId row = 0; row < rows; ++row)
            for (uint32_t k = 0; k < graph_.count[row]; ++k)
                edge(list(row)[k], row);
    });
}

Parallel Build::link() {
    stop_.begin(size_t{3} * graph_.rows);
    collect_reverse();
    return for_rows([this](Scratch& s, uint32_t row) { link_row(s, row); });
}

// Behind the list where there is room, else all are pruned.
void Build::link_row(Scratch& s, NodeId row) {
    NodeId* ids = list(row);
    const uint32_t own = graph_.count[row];
    uint32_t count = own;
    const NodeId* first = reverse_ + reverse_first_[row];
    const NodeId* last = reverse_ + reverse_first_[row + 1];
    for (const NodeId* from = first; from < last; ++from) {
        if (std::find(ids, ids + own, *from) != ids + own) continue;
        if (count == params_.degree) {
            s.pruner.begin(row);
            for (uint32_t k = 0; k < own; ++k)
                s.pruner.add(ids[k]);
            for (from = first; from < last; ++from)
                s.pruner.add(*from);
            count = s.pruner.choose(params_.degree, ids);
            break;
        }
        ids[count++] = *from;
    }
    graph_.count[row] = static_cast<uint8_t>(count);
}

// One step of nearest-neighbor descent (Dong, Charikar and Li, WWW 2011): the lists anew, from the
// lists of the neighbors, too.
Parallel Build::refine() {
    const uint32_t most = std::min(params_.m, params_.degree);
    auto* ids = arena_.alloc<NodeId>(size_t{graph_.rows} * most);
    auto* counts = arena_.alloc<uint8_t>(graph_.rows);
    Parallel result = for_rows([&](Scratch& s, uint32_t row) {
        counts[row] = static_cast<uint8_t>(refined(s, row, ids + size_t{row} * most));
    });
    if (result == Parallel::Done) {
        for (uint32_t row = 0; row < graph_.rows; ++row)
            std::copy_n(ids + size_t{row} * most, counts[row], list(row));
        std::copy_n(counts, graph_.rows, graph_.count);
    }
    arena_.free(ids);
    arena_.free(counts);
    return result == Parallel::Done ? link() : result;
}

uint32_t Build::refined(Scratch& s, NodeId row, NodeId* out) {
    s.pruner.begin(row);
    for (uint32_t k = 0; k < graph_.count[row]; ++k)
        s.pruner.add(list(row)[k]);
    for (uint32_t k = 0; k < graph_.count[row]; ++k) {
        const NodeId neighbor = list(row)[k];
        for (uint32_t j = 0; j < graph_.count[neighbor]; ++j)
            s.pruner.add(list(neighbor)[j]);
    }
    return s.pruner.choose(std::min(params_.m, params_.degree), out);
}

// The lists of samples come before the others.
Parallel Build::add_samples() {
    arena_.free(reverse_first_);
    arena_.free(reverse_);
    reverse_first_ = nullptr;
    reverse_ = nullptr;
    SampleLists samples(graph_.rows, most_of_samples(params_), arena_);
    Parallel result = samples.run(
        packed_, params_.degree, [this](const PackedVectors& sample, size_t done, RawGraph* graph) {
            return build_sample(sample, done, graph);
        });
    if (result == Parallel::Done)
        result = stop_.outcome(parallel_for(
            params_.threads, samples.size(), kChunk,
            [&](size_t first, size_t last, unsigned worker) {
                for (size_t k = first; k < last; ++k) {
                    const auto i = static_cast<uint32_t>(k);
                    put_first(scratch_[worker], samples.row(i), samples.list(i), samples.count(i));
                }
                return true;
            },
            [this](size_t) { return stop_.poll(0); }));
    samples.release();
    return result;
}

Parallel Build::build_sample(const PackedVectors& sample, size_t done, RawGraph* graph) {
    // All samples together are a sixth of the rows.
    stop_.begin(size_t{kLeavesPhases - 1} * graph_.rows + 6 * done);
    const auto poll = [&](size_t steps) { return stop_.poll(6 * steps / kLeavesPhases); };
    Build build(sample, params_, arena_, poll, graph);
    const Parallel result = build.run();
    build.release();
    return result;
}

// Of the row's list so far, what is left fits behind `ids`.
void Build::put_first(Scratch& s, NodeId row, const NodeId* ids, uint32_t count) {
    NodeId others[kMaxDegree];
    NodeId* own = list(row);
    uint32_t left = static_cast<uint32_t>(
        std::remove_copy_if(
            own, own + graph_.count[row], others,
            [&](NodeId id) { return std::find(ids, ids + count, id) != ids + count; }) -
        others);
    if (count + left > params_.degree) {
        s.pruner.begin(row);
        for (uint32_t k = 0; k < left; ++k)
            s.pruner.add(others[k]);
        left = s.pruner.choose(params_.degree - count, others);
    }
    std::copy_n(others, left, std::copy_n(ids, count, own));
    graph_.count[row] = static_cast<uint8_t>(count + left);
}

}  // namespace

Parallel build_leaves(const PackedVectors& packed, const LeavesParams& params, Arena& arena,
                      Poll poll, RawGraph* graph) {
    if (graph->rows == 0) return Parallel::Done;
    Build build(packed, params, arena, poll, graph);
    Parallel result = build.run();
    if (result == Parallel::Done && has_samples(graph->rows, params)) result = build.add_samples();
    if (result == Parallel::Done && !build.end()) result = Parallel::Stopped;
    build.release();
    return result;
}

namespace {

size_t flat_bytes(const PackedShape& shape, size_t packed_size, uint32_t rows,
                  const LeavesParams& params, size_t samples) {
    const uint32_t nearest = nearest_in_leaf(rows, params);
    const size_t scratch =
        params.threads * (sizeof(Scratch) + kCopies * nearest * sizeof(NodeId) +
                          ListPruner::bytes(packed_size, looked_at(params), params.degree));
    const size_t leaves =
        one_leaf(rows, params)
            ? ColumnSet::bytes(shape, rows) +
                  params.threads *
                      (RowBlock::bytes(shape) + kBlockRows * (nearest * sizeof(NearColumn) + 32))
            : LeafLists::bytes(shape, rows, nearest, params.threads);
    const size_t near = Partition::bytes(shape, rows, partition_params(rows, params)) + leaves;
    // Reverse edges, and the new lists of a refinement.
    const size_t most = std::min(params.m, params.degree);
    const size_t links =
        rows * (sizeof(size_t) + most * sizeof(NodeId)) + rows * (most * sizeof(NodeId) + 1);
    return scratch + std::max({near, links, samples});
}

}  // namespace

size_t leaves_bytes(const PackedShape& shape, size_t packed_size, uint32_t rows,
                    const LeavesParams& params) {
    if (rows == 0) return 0;
    size_t samples = 0;
    const uint32_t size = SampleLists::rows_of_first(rows);
    if (size > 0 && has_samples(rows, params))
        samples = SampleLists::bytes(rows, most_of_samples(params), params.degree) +
                  flat_bytes(shape, packed_size, size, params, 0);
    return flat_bytes(shape, packed_size, rows, params, samples);
}

}  // namespace vectidx
