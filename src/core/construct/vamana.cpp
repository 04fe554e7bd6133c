#include "core/construct/vamana.hpp"

#include <algorithm>

#include "core/base/random.hpp"
#include "core/construct/robust_prune.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x76616d616e61;
constexpr uint32_t kChunk = 16;

// Rows of a batch: few enough that the graph hardly changes meanwhile.
uint32_t batch_rows(uint32_t rows) {
    return std::min(std::max(64u, std::min(rows / 50, 2048u)), rows);
}

// Nodes that one search expands at most. The first searches, on random lists, are long.
uint32_t max_visits(const VamanaParams& params) {
    return 4 * params.ef_construction;
}

size_t bitmap_words(uint32_t rows) {
    return rows / 64 + 1;
}

struct PoolEntry {
    float distance;
    NodeId row;
    bool expanded;
};

// One thread's working memory.
struct Scratch {
    uint64_t* seen;           // a bit per row
    PoolEntry* pool;          // [ef_construction] the nearest so far, sorted
    RowDistance* candidates;  // of a prune: what a search expanded, or a list and its applicants
    PruneScratch prune;
    NodeId* fresh;  // a list's neighbors that the search has not met

    bool mark(NodeId row) {
        const uint64_t bit = uint64_t{1} << (row % 64);
        const bool is_new = (seen[row / 64] & bit) == 0;
        seen[row / 64] |= bit;
        return is_new;
    }
    void unmark(NodeId row) { seen[row / 64] &= ~(uint64_t{1} << (row % 64)); }
};

// Candidates of one prune at most: of a search with the row's own list, or of a list and a batch.
uint32_t max_candidates(uint32_t rows, const VamanaParams& params) {
    return vamana_stride(params.degree) + std::max(max_visits(params), batch_rows(rows));
}

// The link back that `to` is offered, as one number to sort by.
uint64_t back_link(NodeId to, NodeId from) {
    return uint64_t{to} << 32 | from;
}

class Build {
  public:
    Build(const PackedVectors& packed, NodeId medoid, const VamanaParams& params, Arena& arena,
          Poll poll, RawGraph* graph);

    Parallel run();
    void release();

  private:
    using StepFn = void (Build::*)(Scratch& s, uint32_t i);

    Parallel in_threads(StepFn step, uint32_t count, bool counts);
    Parallel pass();
    void shuffle();
    void collect_back_links();

    // The steps: for a row, for a row of the batch, for a list that is offered links.
    void copy_element(Scratch&, uint32_t row) {
        packed_.write(row, bytes_ + size_t{row} * packed_.size());
    }
    void draw_list(Scratch&, uint32_t row);
    void choose(Scratch& s, uint32_t i);
    void replace(Scratch&, uint32_t i);
    void link_back(Scratch& s, uint32_t group);
    void cut(Scratch& s, uint32_t row);

    uint32_t search(Scratch& s, NodeId row) const;
    uint32_t expand(Scratch& s, NodeId row, NodeId node, uint32_t* pool_count) const;
    uint32_t offer(Scratch& s, NodeId node, float distance, uint32_t* pool_count) const;
    uint32_t add_list(Scratch& s, NodeId row, uint32_t count) const;
    NodeId* list(NodeId row) const { return graph_.ids + size_t{row} * graph_.stride; }

    const PackedVectors& packed_;
    NodeId medoid_;
    VamanaParams params_;
    Arena& arena_;
    Poll poll_;
    RawGraph& graph_;
    uint8_t* bytes_;
    PackedArray array_;
    Scratch* scratch_;
    NodeId* order_;  // of the rows in a pass
    float alpha2_ = 1.0f;
    size_t done_ = 0;
    // The batch: rows order_[first_] and on, their new lists, and the links back, by list.
    uint32_t batch_;
    uint32_t first_ = 0;
    uint32_t in_batch_ = 0;
    NodeId* next_;         // [batch][degree]
    uint8_t* next_count_;  // [batch]
    uint64_t* links_;      // [batch * degree]
    uint32_t link_count_ = 0;
    uint32_t* groups_;  // where in links_ the next list begins
    uint32_t group_count_ = 0;
};

Build::Build(const PackedVectors& packed, NodeId medoid, const VamanaParams& params, Arena& arena,
             Poll poll, RawGraph* graph)
    : packed_(packed),
      medoid_(medoid),
      params_(params),
      arena_(arena),
      poll_(poll),
      graph_(*graph),
      bytes_(arena.alloc<uint8_t>(graph->rows * packed.size())),
      array_{packed, bytes_},
      scratch_(arena.alloc<Scratch>(params.threads)),
      order_(arena.alloc<NodeId>(graph->rows)),
      batch_(batch_rows(graph->rows)),
      next_(arena.alloc<NodeId>(size_t{batch_} * params.degree)),
      next_count_(arena.alloc<uint8_t>(batch_)),
      links_(arena.alloc<uint64_t>(size_t{batch_} * params.degree)),
      groups_(arena.alloc<uint32_t>(size_t{batch_} * params.degree + 1)) {
    const uint32_t candidates = max_candidates(graph->rows, params);
    for (unsigned t = 0; t < params.threads; ++t) {
        Scratch& s = scratch_[t];
        s.seen = arena.alloc<uint64_t>(bitmap_words(graph->rows));
        std::fill_n(s.seen, bitmap_words(graph->rows), uint64_t{0});
        s.pool = arena.alloc<PoolEntry>(params.ef_construction);
        s.candidates = arena.alloc<RowDistance>(candidates);
        s.prune = {arena.alloc<float>(candidates), arena.alloc<bool>(candidates)};
        s.fresh = arena.alloc<NodeId>(graph->stride);
    }
}

void Build::release() {
    for (unsigned t = 0; t < params_.threads; ++t) {
        Scratch& s = scratch_[t];
        for (void* block : {static_cast<void*>(s.seen), static_cast<void*>(s.pool),
                            static_cast<void*>(s.candidates), static_cast<void*>(s.prune.distance),
                            static_cast<void*>(s.prune.used), static_cast<void*>(s.fresh)})
            arena_.free(block);
    }
    for (void* block :
         {static_cast<void*>(bytes_), static_cast<void*>(scratch_), static_cast<void*>(order_),
          static_cast<void*>(next_), static_cast<void*>(next_count_), static_cast<void*>(links_),
          static_cast<void*>(groups_)})
        arena_.free(block);
}

// `counts`: each of these is a row done.
Parallel Build::in_threads(StepFn step, uint32_t count, bool counts) {
    const Parallel result = parallel_for(
        params_.threads, count, kChunk,
        [&](size_t first, size_t last, unsigned worker) {
            for (size_t i = first; i < last; ++i)
                (this->*step)(scratch_[worker], static_cast<uint32_t>(i));
            return true;
        },
        [&](size_t done) { return poll_(done_ + (counts ? done : 0)); });
    if (counts) done_ += count;
    // A batch may be done sooner than parallel_for() asks.
    return result == Parallel::Done && poll_(done_) ? Parallel::Stopped : result;
}

Parallel Build::run() {
    const uint32_t rows = graph_.rows;
    std::fill_n(graph_.level, rows, uint8_t{0});
    for (uint32_t i = 0; i < rows; ++i)
        order_[i] = i;
    Parallel result = in_threads(&Build::copy_element, rows, false);
    if (result == Parallel::Done) result = in_threads(&Build::draw_list, rows, false);
    for (const float alpha : {1.0f, params_.alpha}) {
        if (result != Parallel::Done) return result;
        alpha2_ = alpha * alpha;
        result = pass();
    }
    return result == Parallel::Done ? in_threads(&Build::cut, rows, false) : result;
}

Parallel Build::pass() {
    shuffle();
    for (first_ = 0; first_ < graph_.rows; first_ += in_batch_) {
        in_batch_ = std::min(batch_, graph_.rows - first_);
        Parallel result = in_threads(&Build::choose, in_batch_, true);
        if (result != Parallel::Done) return result;
        collect_back_links();
        result = in_threads(&Build::replace, in_batch_, false);
        if (result == Parallel::Done) result = in_threads(&Build::link_back, group_count_, false);
        if (result != Parallel::Done) return result;
    }
    return Parallel::Done;
}

void Build::shuffle() {
    Random random(kSeed + done_);
    for (uint32_t i = graph_.rows; i > 1; --i)
        std::swap(order_[i - 1], order_[random.below(i)]);
}

// A list of random rows. Where one comes twice, no harm is done: this list does not stay.
void Build::draw_list(Scratch&, uint32_t row) {
    Random random(kSeed ^ (uint64_t{row} << 20));
    uint32_t count = 0;
    for (uint32_t k = 0; k < params_.degree; ++k) {
        const auto other = static_cast<NodeId>(random.below(graph_.rows));
        if (other != row) list(row)[count++] = other;
    }
    graph_.count[row] = static_cast<uint8_t>(count);
}

void Build::choose(Scratch& s, uint32_t i) {
    const NodeId row = order_[first_ + i];
    const uint32_t count = add_list(s, row, search(s, row));
    next_count_[i] =
        static_cast<uint8_t>(robust_prune(array_, row, s.candidates, count, params_.degree, alpha2_,
                                          s.prune, next_ + size_t{i} * params_.degree));
}

// Algorithm 1, from the medoid; the row itself is passed by. What was expanded goes to
// s.candidates; returns its number.
uint32_t Build::search(Scratch& s, NodeId row) const {
    uint32_t pool = 0, visits = 0, at = 0;
    s.mark(row);
    s.mark(medoid_);
    offer(s, medoid_, array_.distance(row, medoid_), &pool);
    while (at < pool && visits < max_visits(params_)) {
        PoolEntry& entry = s.pool[at];
        if (entry.expanded) {
            ++at;
            continue;
        }
        entry.expanded = true;
        s.candidates[visits++] = {entry.distance, entry.row};
        at = std::min(at + 1, expand(s, row, entry.row, &pool));
    }
    for (uint32_t i = 0; i < visits; ++i) {
        const NodeId node = s.candidates[i].row;
        for (uint32_t k = 0; k < graph_.count[node]; ++k)
            s.unmark(list(node)[k]);
    }
    s.unmark(row);
    s.unmark(medoid_);
    return visits;
}

// Offers the node's neighbors to the pool; returns the first place that changed.
uint32_t Build::expand(Scratch& s, NodeId row, NodeId node, uint32_t* pool_count) const {
    uint32_t fresh = 0;
    for (uint32_t k = 0; k < graph_.count[node]; ++k) {
        const NodeId neighbor = list(node)[k];
        if (!s.mark(neighbor)) continue;
        array_.prefetch(neighbor);
        s.fresh[fresh++] = neighbor;
    }
    uint32_t least = *pool_count;
    for (uint32_t k = 0; k < fresh; ++k)
        least = std::min(least, offer(s, s.fresh[k], array_.distance(row, s.fresh[k]), pool_count));
    return least;
}

uint32_t Build::offer(Scratch& s, NodeId node, float distance, uint32_t* pool_count) const {
    uint32_t count = *pool_count;
    if (count == params_.ef_construction) {
        if (!(distance < s.pool[count - 1].distance)) return count;
        --count;
    }
    PoolEntry* place =
        std::upper_bound(s.pool, s.pool + count, distance,
                         [](float d, const PoolEntry& entry) { return d < entry.distance; });
    std::move_backward(place, s.pool + count, s.pool + count + 1);
    *place = {distance, node, false};
    *pool_count = count + 1;
    return static_cast<uint32_t>(place - s.pool);
}

// The row's own list behind `count` candidates.
uint32_t Build::add_list(Scratch& s, NodeId row, uint32_t count) const {
    for (uint32_t k = 0; k < graph_.count[row]; ++k) {
        const NodeId neighbor = list(row)[k];
        s.candidates[count++] = {array_.distance(row, neighbor), neighbor};
    }
    return count;
}

void Build::replace(Scratch&, uint32_t i) {
    const NodeId row = order_[first_ + i];
    std::copy_n(next_ + size_t{i} * params_.degree, next_count_[i], list(row));
    graph_.count[row] = next_count_[i];
}

void Build::collect_back_links() {
    link_count_ = group_count_ = 0;
    for (uint32_t i = 0; i < in_batch_; ++i)
        for (uint32_t k = 0; k < next_count_[i]; ++k)
            links_[link_count_++] =
                back_link(next_[size_t{i} * params_.degree + k], order_[first_ + i]);
    std::sort(links_, links_ + link_count_);
    for (uint32_t i = 0; i < link_count_; ++i)
        if (i == 0 || links_[i] >> 32 != links_[i - 1] >> 32) groups_[group_count_++] = i;
    groups_[group_count_] = link_count_;
}

// Behind the list where there is room, else all are pruned.
void Build::link_back(Scratch& s, uint32_t group) {
    const auto to = static_cast<NodeId>(links_[groups_[group]] >> 32);
    NodeId* ids = list(to);
    uint32_t count = graph_.count[to];
    uint32_t more = 0;
    for (uint32_t i = groups_[group]; i < groups_[group + 1]; ++i) {
        const auto from = static_cast<NodeId>(links_[i]);
        if (std::find(ids, ids + count, from) != ids + count) continue;
        s.candidates[more++] = {array_.distance(to, from), from};
    }
    if (count + more > graph_.stride) {
        count = robust_prune(array_, to, s.candidates, add_list(s, to, more), params_.degree,
                             alpha2_, s.prune, ids);
    } else {
        for (uint32_t i = 0; i < more; ++i)
            ids[count++] = s.candidates[i].row;
    }
    graph_.count[to] = static_cast<uint8_t>(count);
}

void Build::cut(Scratch& s, uint32_t row) {
    if (graph_.count[row] <= params_.degree) return;
    const uint32_t count = add_list(s, row, 0);
    graph_.count[row] = static_cast<uint8_t>(robust_prune(
        array_, row, s.candidates, count, params_.degree, alpha2_, s.prune, list(row)));
}

}  // namespace

static_assert(vamana_stride(kMaxDegree) <= UINT8_MAX);

Parallel build_vamana(const PackedVectors& packed, NodeId medoid, const VamanaParams& params,
                      Arena& arena, Poll poll, RawGraph* graph) {
    if (graph->rows == 0) return Parallel::Done;
    Build build(packed, medoid, params, arena, poll, graph);
    const Parallel result = build.run();
    build.release();
    return result;
}

size_t vamana_bytes(size_t element_size, uint32_t rows, const VamanaParams& params) {
    const size_t candidate = sizeof(RowDistance) + sizeof(float) + sizeof(bool);
    const size_t scratch = bitmap_words(rows) * sizeof(uint64_t) +
                           params.ef_construction * sizeof(PoolEntry) +
                           max_candidates(rows, params) * candidate;
    const size_t link = sizeof(NodeId) + sizeof(uint64_t) + sizeof(uint32_t);
    return rows * (element_size + sizeof(NodeId)) + params.threads * scratch +
           batch_rows(rows) * (params.degree * link + 1);
}

}  // namespace vectidx
