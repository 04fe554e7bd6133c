#include "core/construct/sample_lists.hpp"

#include <algorithm>

#include "core/base/random.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x73616d706c65;
// Rows for one of the first sample, and rows of it for one of the next. On a mixture of 500,000
// rows, a first sample of 1/16 takes 1.10 times the expansions of one of 1/8 at recall .95.
constexpr uint32_t kFirstStep = 8;
constexpr uint32_t kStep = 4;
constexpr uint32_t kLeastRows = 300;

uint32_t enough(uint32_t rows) {
    return rows < kLeastRows ? 0 : rows;
}

// Rows of the sample behind one of so many.
uint32_t rows_of_next(uint32_t rows) {
    return enough(rows / kStep);
}

// One of each of `count` equal parts of so many.
template <class F>
void draw_places(uint32_t from, uint32_t count, F&& place) {
    Random random(kSeed);
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t first = uint64_t{i} * from / count;
        const uint64_t last = (uint64_t{i} + 1) * from / count;
        place(i, static_cast<uint32_t>(first + random.below(last - first)));
    }
}

RawGraph alloc_graph(uint32_t rows, uint32_t degree, Arena& arena) {
    return {rows,
            degree,
            arena.alloc<uint32_t>(size_t{rows} * degree),
            arena.alloc<uint8_t>(rows),
            arena.alloc<uint8_t>(rows),
            arena.alloc<uint32_t>(rows)};
}

void free_graph(const RawGraph& graph, Arena& arena) {
    arena.free(graph.ids);
    arena.free(graph.count);
    arena.free(graph.level);
    arena.free(graph.order);
}

}  // namespace

uint32_t SampleLists::rows_of_first(uint32_t rows) {
    return enough(rows / kFirstStep);
}

SampleLists::SampleLists(uint32_t rows, uint32_t most, Arena& arena)
    : most_(most),
      size_(rows_of_first(rows)),
      arena_(arena),
      rows_(arena.alloc<NodeId>(size_)),
      ids_(arena.alloc<NodeId>(size_t{size_} * most)),
      count_(arena.alloc<uint8_t>(size_)) {
    draw_places(rows, size_, [this](uint32_t i, uint32_t place) { rows_[i] = place; });
    std::fill_n(count_, size_, uint8_t{0});
}

size_t SampleLists::bytes(uint32_t rows, uint32_t most, uint32_t degree) {
    const size_t size = rows_of_first(rows);
    const size_t lists = size * ((1 + most) * sizeof(NodeId) + 1);
    const size_t graph = size * ((1 + degree) * sizeof(uint32_t) + 2);
    return lists + graph + size * 2 * sizeof(uint32_t);
}

void SampleLists::release() {
    arena_.free(rows_);
    arena_.free(ids_);
    arena_.free(count_);
}

// Places in the first sample of the rows of one of `size` rows.
void SampleLists::draw(uint32_t size, uint32_t* places) const {
    for (uint32_t i = 0; i < size_; ++i)
        places[i] = i;
    for (uint32_t from = size_; from > size;) {
        const uint32_t count = rows_of_next(from);
        // In place: what is read is never before what is written.
        draw_places(from, count, [&](uint32_t i, uint32_t place) { places[i] = places[place]; });
        from = count;
    }
}

Parallel SampleLists::run(const PackedVectors& packed, uint32_t degree, BuildSample build) {
    uint32_t size = size_;
    while (rows_of_next(size) > 0)
        size = rows_of_next(size);
    auto* places = arena_.alloc<uint32_t>(size_);
    auto* rows = arena_.alloc<NodeId>(size_);
    Parallel result = Parallel::Done;
    // From the smallest to the first.
    for (size_t done = 0; result == Parallel::Done && size > 0;) {
        draw(size, places);
        for (uint32_t i = 0; i < size; ++i)
            rows[i] = rows_[places[i]];
        RawGraph graph = alloc_graph(size, degree, arena_);
        result = build(packed.sample(rows), done, &graph);
        if (result == Parallel::Done) add(graph, places, rows);
        free_graph(graph, arena_);
        done += size;
        uint32_t next = 0;
        for (uint32_t larger = size_; larger > size; larger = rows_of_next(larger))
            next = larger;
        size = next;
    }
    arena_.free(places);
    arena_.free(rows);
    return result;
}

void SampleLists::add(const RawGraph& graph, const uint32_t* places, const NodeId* rows) {
    for (uint32_t i = 0; i < graph.rows; ++i) {
        NodeId* list = ids_ + size_t{places[i]} * most_;
        uint32_t count = count_[places[i]];
        for (uint32_t k = 0; k < graph.count[i] && count < most_; ++k) {
            const NodeId neighbor = rows[graph.ids[size_t{i} * graph.stride + k]];
            if (std::find(list, list + count, neighbor) == list + count) list[count++] = neighbor;
        }
        count_[places[i]] = static_cast<uint8_t>(count);
    }
}

}  // namespace vectidx
