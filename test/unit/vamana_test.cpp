// Vamana: the prune against the algorithm as it is written, and graphs of any size and thread
// count.
#include "core/construct/vamana.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <set>

#include "core/construct/robust_prune.hpp"

#include "support/graph_check.hpp"
#include "support/scan.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::Scanner;
using test::Vectors;

LayoutChoice in_line(uint32_t dims, uint32_t m) {
    return test::with_form(dims, m, VectorPlacement::Inline);
}

// ---- robust_prune

struct Array {
    Graph graph;
    std::vector<uint8_t> bytes;
    PackedArray array{graph.packed(), nullptr};

    Array(Metric metric, const Vectors& v) : graph(metric, v, in_line(v.d, 4), {4, 20, 1}) {
        bytes.resize(v.n * graph.packed().size());
        for (uint32_t i = 0; i < v.n; ++i)
            graph.packed().write(i, bytes.data() + i * graph.packed().size());
        array.bytes = bytes.data();
    }
    std::vector<RowDistance> candidates(NodeId row, const std::vector<NodeId>& rows) const {
        std::vector<RowDistance> result;
        for (NodeId other : rows)
            result.push_back({array.distance(row, other), other});
        return result;
    }
    std::vector<NodeId> prune(NodeId row, const std::vector<NodeId>& rows, uint32_t degree,
                              float alpha2) const {
        std::vector<RowDistance> c = candidates(row, rows);
        const size_t n = c.size();
        std::vector<float> distance(n);
        auto used = std::make_unique<bool[]>(n);
        std::vector<NodeId> out(degree);
        out.resize(robust_prune(array, row, c.data(), static_cast<uint32_t>(n), degree, alpha2,
                                {distance.data(), used.get()}, out.data()));
        return out;
    }
    // Algorithm 2 of the paper: the nearest of the set is taken, and removes from the set what is
    // nearer to it, by more than alpha, than to the row. Once with alpha 1, and once more.
    std::vector<NodeId> reference(NodeId row, const std::vector<NodeId>& rows, uint32_t degree,
                                  float alpha2) const {
        std::vector<NodeId> out;
        for (float relaxed : {1.0f, alpha2}) {
            std::set<NodeId> left(rows.begin(), rows.end());
            left.erase(row);
            const auto remove = [&](NodeId kept) {
                left.erase(kept);
                std::erase_if(left, [&](NodeId other) {
                    return relaxed * array.distance(kept, other) < array.distance(row, other);
                });
            };
            for (NodeId kept : out)
                remove(kept);
            while (!left.empty() && out.size() < degree) {
                NodeId best = *left.begin();
                for (NodeId other : left)
                    if (array.distance(row, other) < array.distance(row, best)) best = other;
                out.push_back(best);
                remove(best);
            }
        }
        return out;
    }
};

std::vector<NodeId> some_rows(Random& random, size_t rows, size_t count) {
    std::vector<NodeId> result;
    for (size_t i = 0; i < count; ++i)
        result.push_back(static_cast<NodeId>(random.below(rows)));
    return result;
}

TEST(RobustPruneTest, IsTheAlgorithmOfThePaper) {
    Random random(3);
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine})
        for (uint32_t dims : {3u, 24u, 100u}) {
            const Array a(metric, test::clustered(300, dims, 1));
            for (float alpha : {1.0f, 1.2f, 2.0f})
                for (uint32_t degree : {1u, 7u, 32u, kMaxDegree})
                    for (size_t count : {0u, 1u, 40u, 500u}) {  // with repetitions and the row
                        const auto row = static_cast<NodeId>(random.below(300));
                        const std::vector<NodeId> rows = some_rows(random, 300, count);
                        EXPECT_EQ(a.prune(row, rows, degree, alpha * alpha),
                                  a.reference(row, rows, degree, alpha * alpha))
                            << dims << " " << alpha << " " << degree << " " << count;
                    }
        }
}

TEST(RobustPruneTest, KeepsMoreWithALargerAlpha) {
    const Array a(Metric::L2, test::clustered(300, 24, 1));
    std::vector<NodeId> all;
    for (NodeId i = 0; i < 300; ++i)
        all.push_back(i);
    size_t before = 0;
    for (float alpha : {1.0f, 1.2f, 1.5f}) {
        size_t kept = 0;
        for (NodeId row = 0; row < 300; ++row)
            kept += a.prune(row, all, kMaxDegree, alpha * alpha).size();
        EXPECT_GT(kept, before + 300);
        before = kept;
    }
}

TEST(RobustPruneTest, LeavesTheRowItselfOut) {
    const Array a(Metric::L2, test::gaussian(20, 8, 1));
    EXPECT_TRUE(a.prune(5, {5, 5, 5}, 8, 1.0f).empty());
    EXPECT_EQ(a.prune(5, {5, 7, 5, 7}, 8, 1.0f), std::vector<NodeId>{7});
}

// ---- build_vamana

struct Raw {
    RawGraph graph;
    std::vector<uint32_t> ids;
    std::vector<uint8_t> count, level;
    uint32_t degree;

    Raw(uint32_t rows, uint32_t degree_)
        : ids(size_t{rows} * vamana_stride(degree_)),
          count(rows),
          level(rows, 77),
          degree(degree_) {
        graph = {rows, vamana_stride(degree), ids.data(), count.data(), level.data()};
    }
    const NodeId* list(NodeId row) const { return ids.data() + size_t{row} * graph.stride; }
    std::string fault() const {
        for (NodeId row = 0; row < graph.rows; ++row) {
            const std::set<NodeId> others(list(row), list(row) + count[row]);
            if (count[row] > degree || (graph.rows > 1 && count[row] == 0))
                return "a list of " + std::to_string(count[row]);
            if (others.size() != count[row]) return "a neighbor twice";
            if (others.count(row) > 0 || (!others.empty() && *others.rbegin() >= graph.rows))
                return "a neighbor that can not be";
            if (level[row] != 0) return "a level";
        }
        return "";
    }
    size_t reached(NodeId from) const {
        std::vector<bool> seen(graph.rows);
        std::vector<NodeId> queue = {from};
        seen[from] = true;
        for (size_t head = 0; head < queue.size(); ++head)
            for (uint32_t k = 0; k < count[queue[head]]; ++k) {
                const NodeId to = list(queue[head])[k];
                if (!seen[to]) queue.push_back(to);
                seen[to] = true;
            }
        return queue.size();
    }
};

TEST(VamanaTest, TakesAnyNumberOfRowsAndThreads) {
    for (uint32_t n : {0u, 1u, 2u, 3u, 17u, 500u})
        for (unsigned threads : {1u, 2u, 5u})
            for (uint32_t dims : {3u, 70u}) {
                const Vectors v = test::gaussian(n, dims, n);
                const Graph rows(Metric::L2, v, in_line(dims, 4), {4, 20, 1});
                MallocArena arena;
                Raw raw(n, 8);
                ASSERT_EQ(build_vamana(rows.packed(), n / 2, {8, 20, 1.2f, threads}, arena,
                                       test::kNoPoll, &raw.graph),
                          Parallel::Done);
                EXPECT_EQ(raw.fault(), "") << n;
                EXPECT_EQ(arena.in_use(), 0u);
                if (n == 0) continue;
                // What lists of eight leave out, the spanning tree ties in.
                EXPECT_GE(raw.reached(n / 2), n < 100 ? n : n * 9 / 10);
            }
}

TEST(VamanaTest, DoesNotDependOnThreads) {
    const Vectors v = test::clustered(900, 100, 1);
    const Graph rows(Metric::L2, v, in_line(100, 4), {4, 20, 1});
    Raw one(900, 16);
    MallocArena arena;
    ASSERT_EQ(build_vamana(rows.packed(), 3, {16, 40, 1.2f, 1}, arena, test::kNoPoll, &one.graph),
              Parallel::Done);
    for (unsigned threads : {1u, 2u, 3u, 8u}) {
        Raw other(900, 16);
        ASSERT_EQ(build_vamana(rows.packed(), 3, {16, 40, 1.2f, threads}, arena, test::kNoPoll,
                               &other.graph),
                  Parallel::Done);
        ASSERT_EQ(one.count, other.count) << threads;
        for (NodeId row = 0; row < 900; ++row)
            ASSERT_TRUE(std::equal(one.list(row), one.list(row) + one.count[row], other.list(row)));
    }
}

TEST(VamanaTest, ReachesEveryRowFromTheMedoid) {
    for (uint32_t dims : {8u, 100u})
        for (float alpha : {1.0f, 1.2f, 2.0f}) {
            const Vectors v = test::clustered(3000, dims, 1);
            const Graph rows(Metric::L2, v, in_line(dims, 4), {4, 20, 1});
            MallocArena arena;
            Raw raw(3000, 24);
            ASSERT_EQ(build_vamana(rows.packed(), 0, {24, 60, alpha, 2}, arena, test::kNoPoll,
                                   &raw.graph),
                      Parallel::Done);
            EXPECT_EQ(raw.fault(), "");
            // Without a spanning tree, which the lists get afterwards.
            EXPECT_GE(raw.reached(0), 2995u) << dims << " " << alpha;
        }
}

TEST(VamanaTest, StopsWhenCancelled) {
    const Vectors v = test::clustered(3000, 100, 1);
    const Graph rows(Metric::L2, v, in_line(100, 4), {4, 10, 1});
    for (unsigned threads : {1u, 2u})
        for (size_t after : {0u, 1u, 5u}) {
            MallocArena arena;
            Raw raw(3000, 32);
            struct Polls {
                size_t count, limit;
            } polls{0, after};
            const Poll poll{[](void* self, size_t) {
                                auto& p = *static_cast<Polls*>(self);
                                return ++p.count > p.limit;
                            },
                            &polls};
            EXPECT_EQ(
                build_vamana(rows.packed(), 0, {32, 400, 1.2f, threads}, arena, poll, &raw.graph),
                Parallel::Stopped);
            EXPECT_EQ(arena.in_use(), 0u);
        }
}

TEST(VamanaTest, TellsHowFarItIs) {
    const Vectors v = test::clustered(1000, 32, 1);
    const Graph rows(Metric::L2, v, in_line(32, 4), {4, 10, 1});
    MallocArena arena;
    Raw raw(1000, 16);
    std::vector<size_t> told;
    const Poll poll{[](void* self, size_t done) {
                        static_cast<std::vector<size_t>*>(self)->push_back(done);
                        return false;
                    },
                    &told};
    ASSERT_EQ(build_vamana(rows.packed(), 0, {16, 40, 1.2f, 1}, arena, poll, &raw.graph),
              Parallel::Done);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(told.front(), 0u);
    EXPECT_EQ(told.back(), kVamanaPasses * 1000u);
}

// An arena that remembers the most that was in use.
struct Peak {
    MallocArena inner;
    size_t peak = 0;
    Arena arena{
        [](void* self, size_t bytes) -> void* {
            auto& p = *static_cast<Peak*>(self);
            void* block = p.inner.arena().alloc<uint8_t>(bytes);
            p.peak = std::max(p.peak, p.inner.in_use());
            return block;
        },
        [](void* self, void* block) { static_cast<Peak*>(self)->inner.arena().free(block); }, this};
};

TEST(VamanaTest, CountsItsMemory) {
    for (uint32_t n : {1u, 50u, 2000u})
        for (unsigned threads : {1u, 4u}) {
            const Vectors v = test::gaussian(n, 100, 1);
            const Graph rows(Metric::L2, v, in_line(100, 4), {4, 20, 1});
            const VamanaParams params{24, 50, 1.2f, threads};
            Peak peak;
            Raw raw(n, 24);
            ASSERT_EQ(build_vamana(rows.packed(), 0, params, peak.arena, test::kNoPoll, &raw.graph),
                      Parallel::Done);
            const size_t counted = vamana_bytes(rows.packed().size(), n, params);
            EXPECT_GE(counted + 1024 * threads, peak.peak) << n;
            EXPECT_LE(counted, peak.peak + 1024 * threads) << n;
        }
}

// ---- the finished graph

TEST(VamanaTest, BuildsAGoodGraph) {
    const Vectors v = test::clustered(2000, 100, 1), q = test::clustered(40, 100, 2);
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine})
        for (unsigned threads : {1u, 2u}) {
            Graph graph(metric, v, in_line(100, 12), {12, 80, threads, 1.2f});
            EXPECT_EQ(test::fault_in_lists(graph.store()), "");
            EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
            Scanner scanner(graph.store(), graph.space(), v);
            scanner.limits.epsilon = 0.15f;
            EXPECT_GE(scanner.recall(q, 10), 0.97) << static_cast<int>(metric) << threads;
        }
}

TEST(VamanaTest, BuildsAGoodGraphOfBitStrings) {
    const Vectors v = test::clustered_bits(1500, 32, 1), q = test::clustered_bits(40, 32, 2);
    for (Metric metric : {Metric::Hamming, Metric::Jaccard}) {
        Graph graph(metric, v, test::with_form(32, 12, test::kBinarySplit), {12, 80, 2, 1.2f});
        EXPECT_EQ(test::fault_in_lists(graph.store()), "");
        EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
        Scanner scanner(graph.store(), graph.space(), v);
        scanner.limits.epsilon = 0.15f;
        EXPECT_GE(scanner.recall(q, 10), 0.97) << static_cast<int>(metric);
    }
}

// Vectors that differ in the low bytes only: all distances of packed vectors are zero.
TEST(VamanaTest, TiesTogetherWhatItCanNotTellApart) {
    Vectors v(600, 100);
    Random random(1);
    for (size_t i = 0; i < v.n; ++i)
        for (size_t j = 0; j < v.d; ++j)
            v[i][j] = (i < 300 ? 1.0f : -1.0f) * static_cast<float>(j % 7) +
                      1e-3f * static_cast<float>(test::uniform(random));
    Graph graph(Metric::L2, v, in_line(100, 4), {4, 20, 2, 1.2f});
    EXPECT_EQ(test::fault_in_lists(graph.store()), "");
    EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
}

TEST(VamanaTest, TakesInserts) {
    const Vectors v = test::clustered(2000, 100, 1), q = test::clustered(60, 100, 2);
    Vectors first(1000, 100);
    std::copy_n(v.values.begin(), first.values.size(), first.values.begin());
    Graph graph(Metric::L2, first, in_line(100, 12), {12, 80, 1, 1.2f});
    for (size_t i = first.n; i < v.n; ++i)
        graph.insert(v[i], i, 12, 80, 1.2f);
    EXPECT_EQ(test::fault_in_lists(graph.store()), "");
    EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.epsilon = 0.15f;
    EXPECT_GE(scanner.recall(q, 10), 0.97);
}

}  // namespace
}  // namespace vectidx
