#include "core/construct/batch_insert.hpp"

#include <gtest/gtest.h>

#include "core/base/thread_arena.hpp"

#include "support/graph.hpp"
#include "support/graph_check.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::MemoryStore;
using test::Scanner;
using test::Vectors;

constexpr uint32_t kDims = 40;
constexpr uint32_t kBuilt = 900, kAll = 1400;

struct Case {
    Metric metric;
    test::NodeForm form;
    unsigned threads;
};

// A graph of the first rows, in a store, and an image of it to which the others are added.
class BatchInsertTest : public ::testing::TestWithParam<Case> {
  protected:
    BatchInsertTest()
        : vectors_(test::clustered_for(GetParam().metric, kAll, kDims, 1)),
          queries_(test::clustered_for(GetParam().metric, 60, kDims, 2)),
          built_(kBuilt, kDims) {
        std::copy_n(vectors_.values.data(), built_.values.size(), built_.values.data());
        graph_ = std::make_unique<Graph>(GetParam().metric, built_,
                                         test::with_form(kDims, 8, GetParam().form),
                                         test::BuildParams{8, 60, 1});
        page_.resize(kPageSize / 8);
        image_ = std::make_unique<GraphImage>(graph_->layout(), page(), kAll, arena_.arena());
        MemoryStore& store = graph_->store();
        for (NodeId id = 0; id < store.size(); ++id)
            copy_node(store, id);
        image_->set_nodes(store.size());
        store.read_entries([&](const NodeId* ids, const uint64_t* codes, const float* add,
                               const Bfloat16* scale, uint32_t count) {
            for (uint32_t i = 0; i < count && i < image_->entry_capacity(); ++i)
                image_->set_entry(i, {ids[i], {add[i], scale[i]}, false, false},
                                  codes + i * graph_->layout().code_words());
        });
    }

    char* page() { return reinterpret_cast<char*>(page_.data()); }

    void copy_node(MemoryStore& store, NodeId id) {
        const NodeLayout& layout = graph_->layout();
        store.read_links(id, [&](const NodeView& node) {
            std::memcpy(image_->slot(id), node.bytes(), layout.slot_size);
        });
        if (layout.placement() == VectorPlacement::OutOfLine)
            store.read_traversal(id, [&](const uint8_t* bytes, uint32_t from, uint32_t count) {
                std::memcpy(image_->traversal(id) + from, bytes, count);
            });
        if (layout.refinement.bytes > 0)
            store.read_refinement(id, [&](const uint8_t* bytes, uint32_t from, uint32_t count) {
                std::memcpy(image_->refinement(id) + from, bytes, count);
            });
    }

    void add(Rows& rows, size_t row) {
        std::vector<float> rotated(graph_->layout().padded);
        std::vector<int16_t> values(graph_->layout().words);
        const RotatedVector x =
            graph_->space().prepare(test::view_of(graph_->space().keys().metric(), vectors_[row]),
                                    VectorBuffer(rotated.data()));
        rows.add(graph_->space().store(graph_->layout(), x, values.data()), test::tid_of(row));
    }

    Status insert(const Rows& rows) {
        return insert_batch(*image_, rows, graph_->space(), {8, 60}, GetParam().threads,
                            test::kNoPoll, arena_.arena());
    }

    // The image back into the store, as a merge writes it into pages.
    void write_back(const Rows& rows) {
        MemoryStore& store = graph_->store();
        const NodeLayout& layout = graph_->layout();
        for (NodeId id = 0; id < store.size(); ++id)
            if (image_->changed(id))
                std::memcpy(const_cast<uint8_t*>(store.slot(id).bytes()), image_->slot(id),
                            layout.slot_size);
        for (NodeId id = store.size(); id < image_->nodes(); ++id) {
            std::vector<uint64_t> bytes(layout.slot_size / 8);
            std::memcpy(bytes.data(), image_->slot(id), layout.slot_size);
            const NodeView node(layout, bytes.data());
            std::vector<int16_t> values(layout.words);
            for (uint32_t row = 0; row < rows.size(); ++row)
                if (rows.row(row).tid == node.tids()[0]) rows.values(row, values.data());
            store.append_slot(std::move(bytes), values.data());
        }
        for (const ExtraTid& extra : image_->extra_tids())
            store.add_tid(extra.id, extra.tid, extra.source_checksum);
        Entries entries(page(), layout.code_words());
        image_->read_entries([&](const NodeId* ids, const uint64_t* codes, const float* terms,
                                 const Bfloat16* scale, uint32_t count) {
            for (uint32_t i = 0; i < count; ++i)
                store.set_entry(i, {ids[i], {terms[i], scale[i]}, false, false},
                                codes + i * layout.code_words());
        });
    }

    MallocArena arena_;
    Vectors vectors_, queries_, built_;
    std::unique_ptr<Graph> graph_;
    std::vector<uint64_t> page_;
    std::unique_ptr<GraphImage> image_;
};

TEST_P(BatchInsertTest, FindsWhatItInserted) {
    Rows rows(graph_->layout(), arena_.arena());
    for (size_t row = kBuilt; row < kAll; ++row)
        add(rows, row);
    ASSERT_EQ(insert(rows), Status::Ok);
    EXPECT_EQ(image_->nodes(), kAll);
    EXPECT_TRUE(image_->extra_tids().empty());
    write_back(rows);
    EXPECT_EQ(test::fault_in_lists(graph_->store()), "");
    Scanner scanner(graph_->store(), graph_->space(), vectors_);
    scanner.limits.epsilon = 0.15f;
    EXPECT_GE(scanner.recall(queries_, 10), 0.94);
    EXPECT_EQ(scanner.run(queries_[0], SIZE_MAX).rows.size(), size_t{kAll});
}

// Rows of the graph again, twice each: no new node, two TIDs more for each.
TEST_P(BatchInsertTest, AddsEqualVectorsToTheirNodes) {
    Rows rows(graph_->layout(), arena_.arena());
    for (size_t row = 0; row < 300; ++row) {
        add(rows, row);
        add(rows, row);
    }
    ASSERT_EQ(rows.size(), 300u);
    ASSERT_EQ(insert(rows), Status::Ok);
    EXPECT_EQ(image_->nodes(), kBuilt);
    EXPECT_EQ(image_->extra_tids().size(), 600u);
    for (const ExtraTid& extra : image_->extra_tids())
        graph_->store().read_links(
            extra.id, [&](const NodeView& node) { EXPECT_EQ(node.tids()[0], extra.tid); });
}

TEST_P(BatchInsertTest, StopsWhenAsked) {
    Rows rows(graph_->layout(), arena_.arena());
    for (size_t row = kBuilt; row < kAll; ++row)
        add(rows, row);
    const Poll poll{[](void*, size_t done) { return done >= 256; }, nullptr};
    EXPECT_EQ(insert_batch(*image_, rows, graph_->space(), {8, 60}, GetParam().threads, poll,
                           arena_.arena()),
              Status::Canceled);
    EXPECT_EQ(image_->nodes(), kBuilt + 256u);
}

INSTANTIATE_TEST_SUITE_P(All, BatchInsertTest,
                         ::testing::Values(Case{Metric::L2, VectorPlacement::Inline, 1},
                                           Case{Metric::L2, VectorPlacement::Split, 2},
                                           Case{Metric::Cosine, VectorPlacement::OutOfLine, 2},
                                           Case{Metric::InnerProduct, VectorPlacement::Inline, 3},
                                           Case{Metric::L2, test::kCompact, 2},
                                           Case{Metric::InnerProduct,
                                                {VectorPlacement::OutOfLine, Storage::Full, false},
                                                2},
                                           Case{Metric::Hamming, test::kBinarySplit, 2},
                                           Case{Metric::Hamming, test::kBinaryOutOfLine, 1},
                                           Case{Metric::Jaccard, test::kBinarySplit, 1},
                                           Case{Metric::Jaccard, test::kBinaryOutOfLine, 2}));

TEST(ThreadArenaTest, GivesOutDistinctMemoryAndTakesItBackAtOnce) {
    ThreadArena memory;
    for (int round = 0; round < 3; ++round) {
        memory.reset();
        const bool done = memory.attempt([&] {
            Arena& arena = memory.arena();
            std::vector<uint8_t*> blocks;
            for (size_t i = 0; i < 300; ++i) {
                blocks.push_back(arena.alloc<uint8_t>(1 + i * 37));
                std::memset(blocks.back(), static_cast<int>(i), 1 + i * 37);
            }
            for (size_t i = 0; i < 300; ++i)
                for (size_t j = 0; j < 1 + i * 37; ++j)
                    ASSERT_EQ(blocks[i][j], static_cast<uint8_t>(i));
        });
        EXPECT_TRUE(done);
    }
    memory.release();
}

TEST(ThreadArenaTest, LeavesWithoutMemory) {
    ThreadArena memory;
    EXPECT_FALSE(memory.attempt([&] { memory.arena().alloc<uint8_t>(SIZE_MAX / 4); }));
    EXPECT_TRUE(memory.attempt([&] { memory.arena().alloc<uint8_t>(10); }));
    memory.release();
}

}  // namespace
}  // namespace vectidx
