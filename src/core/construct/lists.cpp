#include "core/construct/lists.hpp"

#include <algorithm>
#include <new>

#include "core/base/hash_set.hpp"
#include "core/graph/select.hpp"

namespace vectidx {

namespace {

// Neighbors' neighbors that one list chooses from at most, and of them the nearest that the
// relaxed heuristic looks at; beyond these it hardly ever finds any.
constexpr uint32_t kMaxCandidates = 1024;
constexpr uint32_t kDiverseCandidates = 96;

struct Candidate {
    float distance;
    NodeId id;
};

// One thread's working memory.
struct Scratch {
    uint32_t count;
    Candidate candidates[kMaxDegree + kMaxCandidates];
    float distance[kMaxDegree + kMaxCandidates];
    bool used[kMaxDegree + kMaxCandidates];
    IdSet* seen;
    uint8_t* packed;  // of the row itself and the nearest candidates
};

struct Completion {
    const RawGraph& raw;
    uint32_t completed;  // rows before this
    const PackedVectors& packed;
    Lists& lists;

    // Places of the row's list.
    uint32_t limit(NodeId row) const {
        return row < completed ? lists.degree : std::min<uint32_t>(raw.count[row], lists.degree);
    }

    uint8_t* packed_vector(Scratch& s, uint32_t i) const { return s.packed + i * packed.size(); }
};

const NodeId* raw_list(const RawGraph& raw, NodeId row) {
    return raw.ids + size_t{row} * raw.stride;
}

void add_candidate(Scratch& s, NodeId id) {
    if (s.seen->insert(id)) s.candidates[s.count++].id = id;
}

// Candidates [from, count) get their distances from the row, whose packed vector stands at place 0.
// They are anywhere in memory: some are on their way while one is compared.
void measure(const Completion& c, Scratch& s, uint32_t from) {
    constexpr uint32_t kAhead = 4;
    for (uint32_t i = from; i < std::min(s.count, from + kAhead); ++i)
        c.packed.prefetch(s.candidates[i].id);
    for (uint32_t i = from; i < s.count; ++i) {
        if (i + kAhead < s.count) c.packed.prefetch(s.candidates[i + kAhead].id);
        s.candidates[i].distance = c.packed.distance_to(c.packed_vector(s, 0), s.candidates[i].id);
    }
}

// A type, not a function: a function would be called by its address.
struct Nearer {
    bool operator()(const Candidate& a, const Candidate& b) const {
        return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
    }
};

// The row's own neighbors first, sorted; then the neighbors of these, sorted.
uint32_t gather(const Completion& c, Scratch& s, NodeId row) {
    s.seen->clear();
    s.count = 0;
    s.seen->insert(row);
    c.packed.write(row, c.packed_vector(s, 0));
    const uint32_t own = c.raw.count[row];
    for (uint32_t k = 0; k < own; ++k)
        add_candidate(s, raw_list(c.raw, row)[k]);
    const uint32_t kept = s.count;
    measure(c, s, 0);
    std::sort(s.candidates, s.candidates + kept, Nearer());
    if (kept < c.limit(row))
        for (uint32_t k = 0; k < kept; ++k) {
            const NodeId neighbor = s.candidates[k].id;
            for (uint32_t j = 0; j < c.raw.count[neighbor] && s.count < kMaxCandidates; ++j)
                add_candidate(s, raw_list(c.raw, neighbor)[j]);
        }
    measure(c, s, kept);
    Candidate* near = s.candidates + std::min(s.count, kept + kDiverseCandidates);
    if (near < s.candidates + s.count)
        std::nth_element(s.candidates + kept, near, s.candidates + s.count, Nearer());
    std::sort(s.candidates + kept, near, Nearer());
    return kept;
}

void complete_row(const Completion& c, Scratch& s, NodeId row) {
    Lists& lists = c.lists;
    const uint32_t raw_count = gather(c, s, row);
    const uint32_t limit = c.limit(row), kept = std::min(raw_count, limit);
    uint32_t chosen[kMaxDegree];
    for (uint32_t k = 0; k < kept; ++k)
        chosen[k] = k;
    const uint32_t near = std::min(s.count, raw_count + kDiverseCandidates);
    for (uint32_t i = 0; i < near; ++i) {
        s.distance[i] = s.candidates[i].distance;
        s.used[i] = i < raw_count;
        if (kept < limit) c.packed.write(s.candidates[i].id, c.packed_vector(s, i));
    }
    NeighborSelection selection(limit, chosen, kept);
    selection.add_diverse(
        s.distance, near, limit, kFillAlpha2, s.used, [&](uint32_t a, uint32_t b) {
            return c.packed.distance(c.packed_vector(s, a), c.packed_vector(s, b));
        });
    selection.add_nearest(near, s.used);
    NodeId* out = lists.ids + size_t{row} * lists.degree;
    for (uint32_t k = 0; k < selection.count(); ++k)
        out[k] = s.candidates[chosen[k]].id;
    lists.count[row] = static_cast<uint8_t>(selection.count());
    lists.diverse[row] = static_cast<uint8_t>(kept);
}

}  // namespace

Lists alloc_lists(uint32_t rows, uint32_t degree, Arena& arena) {
    Lists lists{};
    lists.rows = rows;
    lists.degree = degree;
    lists.ids = arena.alloc<NodeId>(size_t{rows} * degree);
    lists.count = arena.alloc<uint8_t>(rows);
    lists.diverse = arena.alloc<uint8_t>(rows);
    lists.tree_edges = arena.alloc<uint8_t>(size_t{rows} * lists.tree_edge_bytes());
    std::fill_n(lists.tree_edges, size_t{rows} * lists.tree_edge_bytes(), uint8_t{0});
    return lists;
}

Parallel complete_lists(const RawGraph& raw, uint32_t completed, const PackedVectors& packed,
                        unsigned threads, Arena& arena, Poll poll, Lists* lists) {
    auto* scratch = arena.alloc<Scratch>(threads + 1);
    for (unsigned t = 0; t <= threads; ++t) {
        // Of a size that never grows in a thread.
        scratch[t].seen = new (arena.alloc<IdSet>(1)) IdSet(arena, 4 * kMaxCandidates);
        scratch[t].packed = arena.alloc<uint8_t>((kMaxDegree + kDiverseCandidates) * packed.size());
    }
    const Completion completion{raw, completed, packed, *lists};
    const auto complete_rows = [&](size_t first, size_t last, unsigned worker) {
        for (size_t i = first; i < last; ++i)
            complete_row(completion, scratch[worker],
                         raw.order != nullptr ? raw.order[i] : static_cast<NodeId>(i));
        return true;
    };
    return parallel_for(threads, raw.rows, 64, complete_rows, poll);
}

}  // namespace vectidx
