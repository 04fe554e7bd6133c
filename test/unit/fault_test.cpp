// Errors at every access to the store, by a jump and by a status: whatever core was doing, the
// graph stays valid and nothing is left but what the arena holds. A failed read ends the operation
// at once.
#include <gtest/gtest.h>
#include <set>

#include "core/construct/calibrate.hpp"

#include "support/fault_store.hpp"
#include "support/graph_check.hpp"
#include "support/samples.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::FailingStore;
using test::FaultStore;
using test::Graph;
using test::MallocArena;
using test::MemoryStore;
using test::Scan;
using test::Scanned;
using test::Scanner;
using test::Vectors;

static_assert(std::is_trivially_destructible_v<Search<MemoryStore>>);
static_assert(std::is_trivially_destructible_v<Search<MemoryStore, TraceObserver>>);
static_assert(std::is_trivially_destructible_v<Inserter<MemoryStore>>);
static_assert(std::is_trivially_destructible_v<VectorSpace>);
static_assert(std::is_trivially_destructible_v<QueryPlanes>);
static_assert(std::is_trivially_destructible_v<Rows>);
static_assert(std::is_trivially_destructible_v<PackedVectors>);
static_assert(std::is_trivially_destructible_v<NodeEncoder>);

constexpr uint32_t kDims = 40;

std::set<size_t> rows_found(MemoryStore& store, const VectorSpace& space, const Vectors& v) {
    Scanner scanner(store, space, v);
    std::set<size_t> rows;
    for (const Scanned& s : scanner.run(v[0], SIZE_MAX).rows)
        rows.insert(s.row);
    return rows;
}

bool insert(MemoryStore& store, const VectorSpace& space, const RotatedVector& x, size_t row,
            Arena& arena) {
    Inserter<MemoryStore> inserter(store, space, {4, 20}, arena);
    auto* values = arena.alloc<int16_t>(store.layout().words);  // a fault skips destructors
    return inserter.insert(space.store(store.layout(), x, values), test::tid_of(row));
}

class FaultTest : public ::testing::TestWithParam<test::NodeForm> {
  protected:
    // `built` rows in a graph, and more vectors to insert.
    FaultTest()
        : vectors_(test::clustered_for(metric(), 120, kDims, 3)), built_(100, kDims), rotated_(64) {
        std::copy_n(vectors_.values.data(), built_.values.size(), built_.values.data());
        LayoutChoice choice = test::with_form(kDims, 4, GetParam());
        choice.degree = 6;
        graph_ = std::make_unique<Graph>(metric(), built_, choice, test::BuildParams{4, 30, 1});
    }
    // What must hold of a store in which an insert was broken off.
    void expect_sound(MemoryStore& store, bool complete) {
        EXPECT_EQ(test::fault_in_lists(store), "");
        const std::vector<bool> reached = test::in_spanning_tree(store);
        for (size_t id = 0; id < built_.n; ++id)
            EXPECT_TRUE(reached[id]) << id;
        const std::set<size_t> rows = rows_found(store, graph_->space(), vectors_);
        for (size_t row = 0; row < built_.n; ++row)
            EXPECT_EQ(rows.count(row), 1u) << row;
        EXPECT_TRUE(!complete || rows.count(kNewRow) == 1);
    }

    static Metric metric() {
        return GetParam().storage == Storage::Binary ? Metric::Jaccard : Metric::L2;
    }
    VectorView view(size_t row) const { return test::view_of(metric(), vectors_[row]); }
    static constexpr size_t kNewRow = 110;
    Vectors vectors_, built_;
    std::unique_ptr<Graph> graph_;
    std::vector<float> rotated_;
};

TEST_P(FaultTest, LeavesAValidGraphWhereverAnInsertBreaksOff) {
    const RotatedVector x = graph_->space().prepare(view(kNewRow), VectorBuffer(rotated_.data()));
    bool complete = false;
    uint64_t count = 0;
    while (!complete) {
        FaultStore store(graph_->store());
        MallocArena arena;
        complete =
            store.run_until(++count, [&] { insert(store, graph_->space(), x, kNewRow, arena); });
        expect_sound(store, complete);
        // The user tries again.
        insert(store, graph_->space(), x, kNewRow, arena);
        expect_sound(store, true);
        if (HasFailure()) FAIL() << "after access " << count;
    }
    EXPECT_GT(count, 40u);
}

TEST_P(FaultTest, LeavesAValidGraphWhereverTheFirstInsertBreaksOff) {
    const RotatedVector x = graph_->space().prepare(view(0), VectorBuffer(rotated_.data()));
    const MemoryStore empty(graph_->layout(), 10);
    bool complete = false;
    for (uint64_t count = 1; !complete; ++count) {
        FaultStore store(empty);
        MallocArena arena;
        complete = store.run_until(count, [&] { insert(store, graph_->space(), x, 0, arena); });
        EXPECT_EQ(test::fault_in_lists(store), "");
        EXPECT_EQ(rows_found(store, graph_->space(), vectors_).count(0), complete ? 1u : 0u);
    }
}

TEST_P(FaultTest, LosesNothingWhereverASearchBreaksOff) {
    const RotatedQuery q = graph_->space().prepare_query(view(115), VectorBuffer(rotated_.data()));
    bool complete = false;
    uint64_t count = 0;
    while (!complete) {
        FaultStore store(graph_->store());
        MallocArena arena;
        uint32_t found_count = 0;
        complete = store.run_until(++count, [&] {
            Search<MemoryStore> search(store, graph_->space().keys(), q, {}, arena);
            SearchResult found{};
            while (found_count < 30 && search.next(&found) == Next::Row)
                ++found_count;
        });
        EXPECT_TRUE(!complete || found_count == 30);
        arena.reset();
        EXPECT_EQ(arena.in_use(), 0u);
    }
    EXPECT_GT(count, 30u);
}

TEST_P(FaultTest, LosesNothingWhereverACalibrationBreaksOff) {
    bool complete = false;
    for (uint64_t count = 1; !complete; count += 1 + count / 3) {
        FaultStore store(graph_->store());
        MallocArena arena, scratch;
        complete = store.run_until(count, [&] {
            Samples samples(graph_->space(), graph_->layout(), 1, test::kNoPoll, arena);
            test::fill_samples(*graph_, &samples);
            Calibration result;
            calibrate(
                store, graph_->space(), samples, arena, scratch, [&] { scratch.reset(); }, &result);
        });
        arena.reset();
        scratch.reset();
        EXPECT_EQ(arena.in_use() + scratch.in_use(), 0u);
    }
    EXPECT_EQ(rows_found(graph_->store(), graph_->space(), vectors_).size(), built_.n);
}

TEST_P(FaultTest, EndsAnInsertAtTheCallThatFails) {
    const RotatedVector x = graph_->space().prepare(view(kNewRow), VectorBuffer(rotated_.data()));
    bool complete = false;
    uint64_t count = 0;
    while (!complete) {
        FailingStore store(graph_->store(), ++count);
        MallocArena arena;
        complete = insert(store, graph_->space(), x, kNewRow, arena);
        EXPECT_EQ(complete, !store.failed());
        EXPECT_EQ(store.later(), 0u);
        MemoryStore after(store);
        expect_sound(after, complete);
        insert(after, graph_->space(), x, kNewRow, arena);
        expect_sound(after, true);
        if (HasFailure()) FAIL() << "after access " << count;
    }
    EXPECT_GT(count, 30u);
}

TEST_P(FaultTest, EndsTheFirstInsertAtTheCallThatFails) {
    const RotatedVector x = graph_->space().prepare(view(0), VectorBuffer(rotated_.data()));
    const MemoryStore empty(graph_->layout(), 10);
    bool complete = false;
    for (uint64_t count = 1; !complete; ++count) {
        FailingStore store(empty, count);
        MallocArena arena;
        complete = insert(store, graph_->space(), x, 0, arena);
        EXPECT_EQ(complete, !store.failed());
        EXPECT_EQ(store.later(), 0u);
    }
}

// Rows before the one that failed are those that a search without a fault gives.
TEST_P(FaultTest, EndsASearchAtTheReadThatFails) {
    const RotatedQuery q = graph_->space().prepare_query(view(115), VectorBuffer(rotated_.data()));
    auto run = [&](FailingStore& store, std::vector<NodeId>* nodes) {
        MallocArena arena;
        Search<MemoryStore> search(store, graph_->space().keys(), q, {}, arena);
        SearchResult found{};
        Next next = search.next(&found);
        for (; next == Next::Row; next = search.next(&found))
            nodes->push_back(found.id);
        for (int again = 0; again < 2; ++again)
            EXPECT_EQ(search.next(&found), next);
        return next;
    };
    std::vector<NodeId> all;
    FailingStore sound(graph_->store(), UINT64_MAX);
    ASSERT_EQ(run(sound, &all), Next::End);
    EXPECT_EQ(all.size(), built_.n);
    uint64_t failures = 0;
    for (bool complete = false; !complete; ++failures) {
        FailingStore store(graph_->store(), failures + 1);
        std::vector<NodeId> nodes;
        complete = run(store, &nodes) == Next::End;
        EXPECT_EQ(complete, !store.failed());
        EXPECT_EQ(store.later(), 0u);
        EXPECT_LE(nodes.size(), all.size());
        EXPECT_TRUE(std::equal(nodes.begin(), nodes.end(), all.begin()));
        if (HasFailure()) FAIL() << "at read " << failures + 1;
    }
    EXPECT_GT(failures, 100u);
}

TEST_P(FaultTest, EndsACalibrationAtTheReadThatFails) {
    MallocArena arena;
    Samples samples(graph_->space(), graph_->layout(), 1, test::kNoPoll, arena);
    test::fill_samples(*graph_, &samples);
    bool complete = false;
    for (uint64_t count = 1; !complete; count += 1 + count / 3) {
        FailingStore store(graph_->store(), count);
        MallocArena scratch;
        Calibration result{};
        complete = calibrate(
            store, graph_->space(), samples, arena, scratch, [&] { scratch.reset(); }, &result);
        EXPECT_EQ(complete, !store.failed());
        EXPECT_EQ(store.later(), 0u);
    }
}

std::string name_of(const ::testing::TestParamInfo<test::NodeForm>& info) {
    const char* owns[] = {"", "Inline", "Split", "OutOfLine"};
    const char* storages[] = {"", "Half", "Sq8", "Full", "Binary"};
    return std::string(owns[static_cast<int>(info.param.own)]) +
           storages[static_cast<int>(info.param.storage)] + (info.param.codes ? "" : "Bare");
}

INSTANTIATE_TEST_SUITE_P(Forms, FaultTest, ::testing::ValuesIn(test::kForms), name_of);
INSTANTIATE_TEST_SUITE_P(BitForms, FaultTest, ::testing::ValuesIn(test::kBinaryForms), name_of);

}  // namespace
}  // namespace vectidx
