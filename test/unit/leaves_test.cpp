// Graphs from overlapping leaves: the nearest columns against all distances, and graphs of any
// metric, size, order of rows and thread count.
#include "core/construct/leaves.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "core/construct/leaf_lists.hpp"
#include "core/construct/list_pruner.hpp"
#include "core/construct/sample_lists.hpp"

#include "support/graph_check.hpp"
#include "support/scan.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::Graph;
using test::MallocArena;
using test::Scanner;
using test::Vectors;

constexpr Metric kMetrics[] = {Metric::L2, Metric::InnerProduct, Metric::Cosine,
                               Metric::L1, Metric::Hamming,      Metric::Jaccard};

LayoutChoice form_for(Metric metric, uint32_t dims, uint32_t m) {
    return test::with_form(
        dims, m,
        compares_bits(metric) ? test::kBinarySplit : test::NodeForm(VectorPlacement::Inline));
}

// A finished graph, from leaves as soon as there are more rows than `one_leaf_rows`.
test::BuildParams leaves(uint32_t m, uint32_t one_leaf_rows, unsigned threads = 1) {
    test::BuildParams params{m, 80, threads};
    params.one_leaf_rows = one_leaf_rows;
    return params;
}

// A small graph, whose rows the tests take.
Graph rows_of(Metric metric, const Vectors& v) {
    return {metric, v, form_for(metric, static_cast<uint32_t>(v.d), 4), leaves(4, UINT32_MAX - 1)};
}

// ---- ColumnSet

// The nearest of all rows to a row.
struct Nearest {
    std::vector<NodeId> rows;
    std::vector<float> distances;
};

Nearest by_tiles(const Graph& graph, NodeId row, uint32_t k) {
    MallocArena arena;
    const PackedVectors& packed = graph.packed();
    const uint32_t n = graph.rows().size();
    ColumnSet columns(packed, n, arena);
    for (NodeId i = 0; i < n; ++i)
        columns.add(&i, 1);
    columns.end_panel();
    RowBlock block(packed, arena);
    block.fill(&row, 1);
    std::vector<NearColumn> items(k);
    NearestList list{items.data(), k, 0};
    columns.nearest(block, 0, columns.panels(), &list);
    Nearest result;
    for (uint32_t i = 0; i < list.count; ++i) {
        result.rows.push_back(columns.row(items[i].column));
        result.distances.push_back(items[i].distance);
    }
    columns.release(arena);
    block.release(arena);
    EXPECT_EQ(arena.in_use(), 0u);
    return result;
}

Nearest by_brute_force(const Graph& graph, NodeId row, uint32_t k) {
    const PackedVectors& packed = graph.packed();
    std::vector<uint8_t> a(packed.size() + 8);
    packed.write(row, a.data());
    std::vector<std::pair<float, NodeId>> all;
    for (NodeId i = 0; i < graph.rows().size(); ++i)
        if (i != row) all.emplace_back(packed.distance_to(a.data(), i), i);
    std::sort(all.begin(), all.end(), [&](const auto& x, const auto& y) {
        return x.first != y.first ? x.first < y.first
                                  : tie_break(row, x.second) < tie_break(row, y.second);
    });
    Nearest result;
    for (uint32_t i = 0; i < k && i < all.size(); ++i) {
        result.rows.push_back(all[i].second);
        result.distances.push_back(all[i].first);
    }
    return result;
}

TEST(NearestColumnsTest, AreThoseOfAllDistances) {
    for (Metric metric : kMetrics)
        for (uint32_t dims : {3u, 24u, 100u}) {
            const Graph graph = rows_of(metric, test::clustered_for(metric, 300, dims, 1));
            test::for_each_target([&] {
                for (NodeId row : {0u, 31u, 299u})
                    for (uint32_t k : {1u, 12u, 299u, 400u}) {
                        const NodeId some = row % graph.rows().size();
                        const Nearest got = by_tiles(graph, some, k);
                        const Nearest want = by_brute_force(graph, some, k);
                        ASSERT_EQ(got.rows.size(), want.rows.size());
                        // Floats are added in another order: rows that are nearly as far may
                        // change places.
                        const bool floats = graph.packed().form() == PackedVectors::Form::Floats;
                        if (!floats) {
                            ASSERT_EQ(got.rows, want.rows);
                        }
                        for (size_t i = 0; i < want.rows.size(); ++i)
                            ASSERT_NEAR(got.distances[i], want.distances[i],
                                        floats ? 1e-5f * (1.0f + want.distances[i]) : 0.0f);
                    }
            });
        }
}

// ---- build_leaves

struct Raw {
    RawGraph graph;
    std::vector<uint32_t> ids, order;
    std::vector<uint8_t> count, level;

    Raw(uint32_t rows, uint32_t degree)
        : ids(size_t{rows} * degree), order(rows), count(rows), level(rows, 77) {
        graph = {rows, degree, ids.data(), count.data(), level.data(), order.data()};
    }
    const NodeId* list(NodeId row) const { return ids.data() + size_t{row} * graph.stride; }
    std::string fault() const {
        for (NodeId row = 0; row < graph.rows; ++row) {
            const std::set<NodeId> others(list(row), list(row) + count[row]);
            if (count[row] > graph.stride || (graph.rows > 1 && count[row] == 0))
                return "a list of " + std::to_string(count[row]);
            if (others.size() != count[row]) return "a neighbor twice";
            if (others.count(row) > 0 || (!others.empty() && *others.rbegin() >= graph.rows))
                return "a neighbor that can not be";
            if (level[row] != 0) return "a level";
        }
        std::vector<uint32_t> sorted = order;
        std::sort(sorted.begin(), sorted.end());
        for (uint32_t i = 0; i < graph.rows; ++i)
            if (sorted[i] != i) return "an order that is none";
        return "";
    }
    bool equal(const Raw& other) const {
        if (count != other.count || order != other.order) return false;
        for (NodeId row = 0; row < graph.rows; ++row)
            if (!std::equal(list(row), list(row) + count[row], other.list(row))) return false;
        return true;
    }
};

Parallel build(const Graph& rows, const LeavesParams& params, Raw* raw, Poll poll = test::kNoPoll) {
    MallocArena arena;
    const Parallel result = build_leaves(rows.packed(), params, arena, poll, &raw->graph);
    EXPECT_EQ(arena.in_use(), 0u);
    return result;
}

// One leaf; balls, and those divided; the same with leaders in groups.
std::vector<LeavesParams> kinds(uint32_t m, unsigned threads = 1) {
    return {{m, 2 * m, threads}, {m, 2 * m, threads, 0}, {m, 2 * m, threads, 0, 0}};
}

TEST(LeavesTest, TakesAnyNumberOfRowsAndThreads) {
    for (uint32_t n : {0u, 1u, 2u, 3u, 17u, 500u, 2000u})
        for (unsigned threads : {1u, 2u, 5u})
            for (uint32_t dims : {3u, 70u}) {
                const Graph rows = rows_of(Metric::L2, test::gaussian(n, dims, n + 1));
                for (const LeavesParams& params : kinds(4, threads)) {
                    Raw raw(n, 8);
                    ASSERT_EQ(build(rows, params, &raw), Parallel::Done);
                    EXPECT_EQ(raw.fault(), "") << n << " " << threads << " " << dims;
                }
            }
}

TEST(LeavesTest, TakesAnyMAndDegree) {
    const Graph rows = rows_of(Metric::L2, test::clustered(1500, 100, 1));
    for (uint32_t m : {2u, 30u, 100u})
        for (uint32_t degree : {m - 1, 2 * m})
            for (uint32_t one_leaf_rows : {0u, 2000u}) {
                Raw raw(1500, degree);
                ASSERT_EQ(build(rows, {m, degree, 2, one_leaf_rows}, &raw), Parallel::Done);
                EXPECT_EQ(raw.fault(), "") << m << " " << degree;
            }
}

// A list of one leaf has what HNSW's heuristic makes of the nearest rows by brute force; candidates
// behind these change nothing about them.
TEST(LeavesTest, OneLeafIsExact) {
    constexpr uint32_t kM = 4;
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Hamming}) {
        const Graph rows = rows_of(metric, test::clustered_for(metric, 120, 100, 1));
        const uint32_t count = rows.rows().size();
        // With room for every reverse edge.
        Raw raw(count, kMaxDegree);
        ASSERT_EQ(build(rows, {kM, kMaxDegree, 1}, &raw), Parallel::Done);
        MallocArena arena;
        ListPruner pruner(rows.packed(), 128, kM, arena);
        for (NodeId row = 0; row < count; ++row) {
            pruner.begin(row);
            for (NodeId other : by_brute_force(rows, row, 4 * kM).rows)
                pruner.add(other);
            NodeId want[kM];
            const uint32_t kept = pruner.choose(kM, want);
            const NodeId* end = raw.list(row) + raw.count[row];
            for (uint32_t k = 0; k < kept; ++k)
                EXPECT_NE(std::find(raw.list(row), end, want[k]), end) << row;
        }
        pruner.release(arena);
    }
}

TEST(LeavesTest, DoesNotDependOnThreads) {
    for (Metric metric : {Metric::L2, Metric::Hamming})
        for (uint32_t dims : {24u, 100u}) {
            const Graph rows = rows_of(metric, test::clustered_for(metric, 1500, dims, 1));
            for (size_t kind = 0; kind < 3; ++kind) {
                Raw one(rows.rows().size(), 16);
                ASSERT_EQ(build(rows, kinds(8)[kind], &one), Parallel::Done);
                for (unsigned threads : {1u, 2u, 5u}) {
                    Raw other(rows.rows().size(), 16);
                    ASSERT_EQ(build(rows, kinds(8, threads)[kind], &other), Parallel::Done);
                    EXPECT_TRUE(one.equal(other)) << kind << " " << threads;
                }
            }
        }
}

TEST(LeavesTest, StopsWhenCancelled) {
    const Graph rows = rows_of(Metric::L2, test::clustered(3000, 100, 1));
    struct Polls {
        size_t count, limit;
    };
    for (unsigned threads : {1u, 2u})
        for (const LeavesParams& params : kinds(16, threads))
            for (size_t after : {0u, 1u, 5u, 100u, 150u}) {
                Polls polls{0, after};
                const Poll poll{[](void* self, size_t) {
                                    auto& p = *static_cast<Polls*>(self);
                                    return ++p.count > p.limit;
                                },
                                &polls};
                Raw raw(3000, 32);
                const Parallel result = build(rows, params, &raw, poll);
                if (threads == 1 || after == 0) {
                    EXPECT_EQ(result, Parallel::Stopped);
                }
            }
}

TEST(LeavesTest, TellsHowFarItIs) {
    constexpr uint32_t kRows = 5000;
    const Graph rows = rows_of(Metric::L2, test::clustered(kRows, 32, 1));
    for (const LeavesParams& params : kinds(8)) {
        std::vector<size_t> told;
        const Poll poll{[](void* self, size_t done) {
                            static_cast<std::vector<size_t>*>(self)->push_back(done);
                            return false;
                        },
                        &told};
        Raw raw(kRows, 16);
        ASSERT_EQ(build(rows, params, &raw, poll), Parallel::Done);
        EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
        EXPECT_LT(told.front(), kRows);
        EXPECT_EQ(told.back(), kLeavesPhases * kRows);
    }
}

// ---- SampleLists

// The n-th row of a sample has the rows before and behind it as neighbors.
Parallel build_ring(const PackedVectors&, RawGraph* graph) {
    for (uint32_t i = 0; i < graph->rows; ++i) {
        graph->ids[size_t{i} * graph->stride] = (i + 1) % graph->rows;
        graph->ids[size_t{i} * graph->stride + 1] = (i + graph->rows - 1) % graph->rows;
        graph->count[i] = 2;
    }
    return Parallel::Done;
}

TEST(SampleListsTest, HaveTheNeighborsOfEachSample) {
    constexpr uint32_t kRows = 20000;
    const Graph rows = rows_of(Metric::L2, test::gaussian(kRows, 3, 1));
    for (uint32_t most : {1u, 3u, 8u}) {
        MallocArena arena;
        SampleLists lists(kRows, most, arena);
        std::vector<uint32_t> sizes;
        std::vector<size_t> done;
        ASSERT_EQ(lists.run(rows.packed(), 4,
                            [&](const PackedVectors& sample, size_t before, RawGraph* graph) {
                                sizes.push_back(graph->rows);
                                done.push_back(before);
                                return build_ring(sample, graph);
                            }),
                  Parallel::Done);
        EXPECT_EQ(sizes, (std::vector<uint32_t>{625, 2500}));
        EXPECT_EQ(done, (std::vector<size_t>{0, 625}));
        ASSERT_EQ(lists.size(), 2500u);
        uint32_t in_both = 0;
        for (uint32_t i = 0; i < 2500; ++i) {
            EXPECT_EQ(lists.row(i) / 8, i);  // one of each part
            const NodeId* end = lists.list(i) + lists.count(i);
            const std::set<NodeId> neighbors(lists.list(i), end);
            EXPECT_EQ(neighbors.size(), lists.count(i));
            EXPECT_EQ(neighbors.count(lists.row(i)), 0u);
            in_both += lists.count(i) > 2;
            if (most < 8) continue;
            EXPECT_EQ(neighbors.count(lists.row((i + 1) % 2500)), 1u);
            EXPECT_EQ(neighbors.count(lists.row((i + 2499) % 2500)), 1u);
        }
        EXPECT_LE(in_both, most > 2 ? 625u : 0u);
        if (most > 2) {
            EXPECT_GT(in_both, 500u);
        }
        lists.release();
        EXPECT_EQ(arena.in_use(), 0u);
    }
}

TEST(SampleListsTest, StopWithTheBuild) {
    const Graph rows = rows_of(Metric::L2, test::gaussian(20000, 3, 1));
    MallocArena arena;
    SampleLists lists(20000, 4, arena);
    int builds = 0;
    EXPECT_EQ(lists.run(rows.packed(), 4,
                        [&](const PackedVectors&, size_t, RawGraph*) {
                            ++builds;
                            return Parallel::Stopped;
                        }),
              Parallel::Stopped);
    EXPECT_EQ(builds, 1);
    lists.release();
    EXPECT_EQ(arena.in_use(), 0u);
}

// Rows of a sample keep its lists, whatever the threads.
TEST(SampleListsTest, AreInTheGraph) {
    constexpr uint32_t kRows = 6000;
    const Graph rows = rows_of(Metric::L2, test::clustered(kRows, 100, 1));
    const LeavesParams params = kinds(8)[2];
    Raw with(kRows, 16);
    ASSERT_EQ(build(rows, params, &with), Parallel::Done);
    EXPECT_EQ(with.fault(), "");
    for (unsigned threads : {2u, 5u}) {
        Raw other(kRows, 16);
        ASSERT_EQ(build(rows, kinds(8, threads)[2], &other), Parallel::Done);
        EXPECT_TRUE(with.equal(other)) << threads;
    }
    MallocArena arena;
    SampleLists lists(kRows, 14, arena);
    ASSERT_EQ(lists.size(), 750u);
    // The graph of the sample alone is what its rows' lists begin with.
    ASSERT_EQ(lists.run(rows.packed(), 16,
                        [&](const PackedVectors& sample, size_t, RawGraph* graph) {
                            // Too few for leaders in groups to have samples of their own.
                            return build_leaves(sample, params, arena, test::kNoPoll, graph);
                        }),
              Parallel::Done);
    for (uint32_t i = 0; i < lists.size(); ++i)
        EXPECT_TRUE(
            std::equal(lists.list(i), lists.list(i) + lists.count(i), with.list(lists.row(i))))
            << i;
    lists.release();
    EXPECT_EQ(arena.in_use(), 0u);
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

TEST(LeavesTest, CountsItsMemory) {
    for (Metric metric : {Metric::L2, Metric::Hamming})
        for (uint32_t dims : {32u, 100u})
            for (uint32_t n : {1u, 50u, 2000u, 5000u})
                for (const LeavesParams& params : kinds(12, n % 4 + 1)) {
                    const Graph rows = rows_of(metric, test::clustered_for(metric, n, dims, 1));
                    const PackedVectors& packed = rows.packed();
                    Peak peak;
                    Raw raw(rows.rows().size(), 24);
                    ASSERT_EQ(build_leaves(packed, params, peak.arena, test::kNoPoll, &raw.graph),
                              Parallel::Done);
                    const size_t counted =
                        leaves_bytes(shape_of(packed), packed.size(), rows.rows().size(), params);
                    EXPECT_GE(counted + 1024 * params.threads, peak.peak) << n;
                    EXPECT_LE(counted, peak.peak + 2048 * params.threads + n * 100) << n;
                }
}

// ---- the finished graph

void expect_good(Graph& graph, const Vectors& v, const Vectors& q, double recall) {
    EXPECT_EQ(test::fault_in_lists(graph.store()), "");
    EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
    Scanner scanner(graph.store(), graph.space(), v);
    scanner.limits.epsilon = 0.15f;
    EXPECT_GE(scanner.recall(q, 10), recall);
}

TEST(LeavesTest, BuildsAGoodGraphForEveryMetric) {
    for (Metric metric : kMetrics)
        for (uint32_t one_leaf_rows : {0u, 5000u})
            for (unsigned threads : {1u, 2u}) {
                SCOPED_TRACE(static_cast<int>(metric));
                const uint32_t dims = compares_bits(metric) ? 32 : 100;
                const Vectors v = test::clustered_for(metric, 2000, dims, 1);
                const Vectors q = test::clustered_for(metric, 40, dims, 2);
                Graph graph(metric, v, form_for(metric, dims, 12),
                            leaves(12, one_leaf_rows, threads));
                expect_good(graph, v, q, metric == Metric::L1 ? 0.93 : 0.97);
            }
}

// As good as hnswlib's at the same effort, or nearly.
TEST(LeavesTest, FindsAsMuchAsHnsw) {
    const Vectors v = test::clustered(6000, 100, 1), q = test::clustered(100, 100, 2);
    const auto recall = [&](const test::BuildParams& params) {
        Graph graph(Metric::L2, v, form_for(Metric::L2, 100, 12), params);
        Scanner scanner(graph.store(), graph.space(), v);
        scanner.limits.batch = 20;
        return scanner.recall(q, 10);
    };
    const double hnsw = recall({12, 200});
    EXPECT_GE(recall(leaves(12, 0)), hnsw - 0.015);
    EXPECT_GE(recall(leaves(12, 10000)), hnsw - 0.015);
    test::BuildParams routed = leaves(12, 0);
    routed.routed_leaders = 0;
    EXPECT_GE(recall(routed), hnsw - 0.015);
}

TEST(LeavesTest, TakesFewDimensionsAndSortedRows) {
    Vectors v = test::gaussian(4000, 3, 1);
    const Vectors q = test::gaussian(40, 3, 2);
    for (bool sorted : {false, true}) {
        if (sorted)
            for (size_t i = 0; i < v.n; ++i)
                for (size_t j = 0; j < v.d; ++j)
                    v[i][j] = static_cast<float>(i) / 4000.0f + 0.01f * v[i][j];
        Graph graph(Metric::L2, v, form_for(Metric::L2, 3, 12), leaves(12, 0));
        expect_good(graph, v, q, 0.97);
    }
}

TEST(LeavesTest, DoesNotDependOnTheOrderOfRows) {
    // Clusters one after the other.
    Vectors v = test::clustered(3000, 100, 1);
    std::vector<size_t> order(v.n);
    for (size_t i = 0; i < v.n; ++i)
        order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return v[a][0] < v[b][0]; });
    Vectors w(v.n, v.d);
    for (size_t i = 0; i < v.n; ++i)
        std::copy_n(v[order[i]], v.d, w[i]);
    Graph graph(Metric::L2, w, form_for(Metric::L2, 100, 12), leaves(12, 0, 2));
    expect_good(graph, w, test::clustered(40, 100, 2), 0.97);
}

// Vectors that differ in the low bytes only: all distances of packed vectors are zero.
TEST(LeavesTest, SpreadsEdgesAmongRowsThatItCanNotTellApart) {
    Vectors v(2000, 100);
    Random random(1);
    for (size_t i = 0; i < v.n; ++i)
        for (size_t j = 0; j < v.d; ++j)
            v[i][j] = (i < 1000 ? 1.0f : -1.0f) * static_cast<float>(j % 7) +
                      1e-3f * static_cast<float>(test::uniform(random));
    for (uint32_t one_leaf_rows : {0u, 5000u}) {
        Graph graph(Metric::L2, v, form_for(Metric::L2, 100, 8), leaves(8, one_leaf_rows, 2));
        EXPECT_EQ(test::fault_in_lists(graph.store()), "");
        EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
        // Nobody is everybody's neighbor, so hardly any row is in no list.
        EXPECT_LE(graph.lists().detached, 20u);
    }
}

TEST(LeavesTest, TakesInserts) {
    const Vectors v = test::clustered(2000, 100, 1), q = test::clustered(60, 100, 2);
    Vectors first(1500, 100);
    std::copy_n(v.values.begin(), first.values.size(), first.values.begin());
    Graph graph(Metric::L2, first, form_for(Metric::L2, 100, 12), leaves(12, 0));
    for (size_t i = first.n; i < v.n; ++i)
        graph.insert(v[i], i, 12, 80);
    expect_good(graph, v, q, 0.97);
}

}  // namespace
}  // namespace vectidx
