// A built graph in memory, with everything that it was built from: what pg/construct does, for
// tests.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/construct/hnswlib_adapter.hpp"
#include "core/construct/leaves.hpp"
#include "core/construct/node_encoder.hpp"
#include "core/construct/vamana.hpp"
#include "core/graph/insert.hpp"
#include "core/layout/meta.hpp"

#include "support/data.hpp"
#include "support/malloc_arena.hpp"
#include "support/memory_store.hpp"

namespace vectidx {

// Compiled once, in memory_store.cpp.
extern template class Inserter<test::MemoryStore>;
extern template class Search<test::MemoryStore>;

namespace test {

// Heap TIDs stand for row numbers.
inline HeapTid tid_of(size_t row) {
    return {static_cast<uint16_t>(row >> 16), static_cast<uint16_t>(row & 0xFFFF), 1};
}
inline size_t row_of(HeapTid tid) {
    return size_t{tid.block_high} << 16 | tid.block_low;
}

inline NodeLayout layout_of(const LayoutChoice& choice) {
    NodeLayout layout{};
    if (!make_layout(choice, &layout)) std::abort();
    return layout;
}

// How a node keeps its own vector, and whether it has codes of its neighbors.
struct NodeForm {
    VectorPlacement own;
    Storage storage = Storage::Half;
    bool codes = true;
    constexpr NodeForm(VectorPlacement o, Storage s = Storage::Half, bool c = true)
        : own(o), storage(s), codes(c) {}
};

constexpr NodeForm kCompact{VectorPlacement::Split, Storage::Sq8, false};
// One of each kind.
constexpr NodeForm kForms[] = {VectorPlacement::Inline,
                               VectorPlacement::Split,
                               VectorPlacement::OutOfLine,
                               {VectorPlacement::Split, Storage::Sq8},
                               {VectorPlacement::OutOfLine, Storage::Sq8},
                               {VectorPlacement::Inline, Storage::Full},
                               {VectorPlacement::OutOfLine, Storage::Full},
                               {VectorPlacement::Inline, Storage::Half, false},
                               {VectorPlacement::OutOfLine, Storage::Half, false},
                               kCompact,
                               {VectorPlacement::Split, Storage::Full, false}};
// Likewise, of bit strings.
constexpr NodeForm kBinarySplit{VectorPlacement::Split, Storage::Binary, false};
constexpr NodeForm kBinaryOutOfLine{VectorPlacement::OutOfLine, Storage::Binary, false};
constexpr NodeForm kBinaryForms[] = {kBinarySplit, kBinaryOutOfLine};

// The choice of choose_layout() with another form of the own vector.
inline LayoutChoice with_form(uint32_t dims, uint32_t m, NodeForm form) {
    LayoutChoice choice = choose_layout(dims, m, form.codes, form.storage);
    choice.placement = form.own;
    choice.tid_capacity = 2;
    return choice;
}

constexpr Poll kNoPoll{nullptr, nullptr};

constexpr uint32_t kNoLeaves = UINT32_MAX;

struct BuildParams {
    uint32_t m = 12;
    uint32_t ef_construction = 80;
    unsigned threads = 1;
    float alpha = 0.0f;  // Vamana's; 0: hnswlib
    // Rows that are one leaf, where the graph is from leaves.
    uint32_t one_leaf_rows = kNoLeaves;
    uint32_t routed_leaders = 4000;
    // Fills in the raw lists, in place of an algorithm, if it has them.
    std::function<bool(RawGraph&)> kept = nullptr;
};

// The parameters of a space that suits the vectors: their mean and their largest norm, which bit
// strings do not have.
class SpaceFor {
  public:
    SpaceFor(Metric metric, const Vectors& v) : center_(v.d) {
        if (compares_bits(metric)) {
            space_ = std::make_unique<VectorSpace>(metric, v.d, 42, nullptr, 0.0f, arena_.arena());
            return;
        }
        double largest = 0;
        for (size_t i = 0; i < v.n; ++i) {
            double norm2 = 0;
            for (size_t j = 0; j < v.d; ++j)
                norm2 += static_cast<double>(v[i][j]) * static_cast<double>(v[i][j]);
            largest = std::max(largest, norm2);
            const double size = metric == Metric::Cosine ? std::sqrt(norm2) : 1.0;
            for (size_t j = 0; j < v.d && size > 0; ++j)
                center_[j] += static_cast<float>(static_cast<double>(v[i][j]) / size /
                                                 static_cast<double>(v.n));
        }
        const auto largest_float = static_cast<float>(std::min(largest, 1e36));
        space_ = std::make_unique<VectorSpace>(
            metric, v.d, 42, center_.data(), metric == Metric::InnerProduct ? largest_float : 0.0f,
            arena_.arena());
    }
    const VectorSpace& space() const { return *space_; }

  private:
    MallocArena arena_;
    std::vector<float> center_;
    std::unique_ptr<VectorSpace> space_;
};

class Graph {
  public:
    // The first vector is row `first`.
    Graph(Metric metric, const Vectors& v, const LayoutChoice& choice,
          const BuildParams& params = {}, size_t first = 0)
        : space_for_(metric, v),
          layout_(layout_of(choice)),
          rows_(layout_, arena_.arena()),
          store_(layout_, layout_.has_codes()
                              ? std::max(2u, 3072 / (layout_.choice.code_bits / 8 + 10))
                              : kBareEntries) {
        add_rows(v, first);
        packed_ = std::make_unique<PackedVectors>(rows_, space(), layout_.padded, arena_.arena());
        build(params);
        if (rows_.size() > 0) write(params.threads);
    }

    const VectorSpace& space() const { return space_for_.space(); }
    const NodeLayout& layout() const { return layout_; }
    const Rows& rows() const { return rows_; }
    const PackedVectors& packed() const { return *packed_; }
    const RawGraph& raw() const { return raw_; }
    const Lists& lists() const { return lists_; }
    MemoryStore& store() { return store_; }
    Arena& arena() { return arena_; }
    size_t unusable() const { return unusable_; }

    void insert(const float* x, size_t row, uint32_t m, uint32_t ef_construction,
                float alpha = 1.0f) {
        MallocArena arena;
        std::vector<float> rotated(layout_.padded);
        const RotatedVector p =
            space().prepare(view_of(space().keys().metric(), x), VectorBuffer(rotated.data()));
        if (!p.usable) return;
        Inserter<MemoryStore> inserter(store_, space(), {m, ef_construction, alpha}, arena);
        std::vector<int16_t> values(layout_.words);
        inserter.insert(space().store(layout_, p, values.data()), tid_of(row));
    }

  private:
    void add_rows(const Vectors& v, size_t first) {
        std::vector<float> rotated(layout_.padded);
        std::vector<int16_t> values(layout_.words);
        for (size_t i = 0; i < v.n; ++i) {
            const RotatedVector p = space().prepare(view_of(space().keys().metric(), v[i]),
                                                    VectorBuffer(rotated.data()));
            unusable_ += !p.usable;
            if (!p.usable) continue;
            rows_.add(space().store(layout_, p, values.data()), tid_of(first + i));
        }
    }
    void build(const BuildParams& params) {
        const uint32_t n = rows_.size();
        Arena& arena = arena_;
        const bool vamana = params.alpha > 0;
        const uint32_t stride = vamana ? vamana_stride(2 * params.m) : 2 * params.m;
        raw_ = {n, stride, arena.alloc<uint32_t>(n * stride), arena.alloc<uint8_t>(n),
                arena.alloc<uint8_t>(n)};
        if (params.one_leaf_rows != kNoLeaves) raw_.order = arena.alloc<uint32_t>(n);
        char failure[100];
        const bool built =
            (params.kept && params.kept(raw_)) ||
            (raw_.order != nullptr ? build_leaves(*packed_,
                                                  {params.m, 2 * params.m, params.threads,
                                                   params.one_leaf_rows, params.routed_leaders},
                                                  arena, kNoPoll, &raw_) == Parallel::Done
             : vamana              ? build_vamana(
                                         *packed_, 0,
                                         {2 * params.m, params.ef_construction, params.alpha, params.threads},
                                         arena, kNoPoll, &raw_) == Parallel::Done
                      : build_hnsw(*packed_, n, params.m, params.ef_construction, params.threads,
                                   kNoPoll, &raw_, failure, sizeof(failure)) == Status::Ok);
        if (!built) std::abort();
        lists_ = alloc_lists(n, layout_.degree(), arena);
        if (complete_lists(raw_, n, *packed_, params.threads, arena, kNoPoll, &lists_) !=
            Parallel::Done)
            std::abort();
        if (n > 0) build_spanning_tree(0, n, arena, &lists_);
    }
    void write(unsigned threads) {
        const NodeEncoder encoder(layout_, rows_, lists_, raw_.level);
        const uint32_t n = rows_.size(), words = layout_.slot_size / 8;
        std::vector<uint64_t> slots(size_t{n} * words);
        if (encoder.encode(0, n, threads, arena_.arena(), kNoPoll,
                           reinterpret_cast<uint8_t*>(slots.data())) != Parallel::Done)
            std::abort();
        std::vector<int16_t> values(layout_.words);
        for (uint32_t i = 0; i < n; ++i) {
            rows_.values(i, values.data());
            const auto* slot = slots.data() + size_t{i} * words;
            store_.append_slot({slot, slot + words}, values.data());
            uint32_t skip = NodeView(layout_, slot).header().tid_count - 1u;
            for (uint32_t more = rows_.row(i).more; more != kNoMore; more = rows_.more(more).next)
                if (skip > 0)
                    --skip;
                else
                    store_.add_overflow(i, rows_.more(more).tid);
        }
        Random random(5);
        std::vector<uint64_t> code(layout_.code_words());
        for (uint32_t k = 0; k < store_.entry_capacity() && k < n; ++k) {
            EntryCode entry{{}, code.data()};
            encoder.encode_entry(k == 0 ? 0 : static_cast<NodeId>(random.below(n)), arena_, &entry);
            store_.set_entry(k, entry.link, code.data());
        }
    }

    MallocArena arena_;
    SpaceFor space_for_;
    NodeLayout layout_;
    Rows rows_;
    MemoryStore store_;
    std::unique_ptr<PackedVectors> packed_;
    RawGraph raw_{};
    Lists lists_{};
    size_t unusable_ = 0;
};

}  // namespace test
}  // namespace vectidx
