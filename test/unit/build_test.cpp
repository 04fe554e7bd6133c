// From rows to slots: hnswlib's graph, completed lists, spanning tree, encoded nodes.
#include <gtest/gtest.h>
#include <numeric>
#include <set>

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

// ---- build_hnsw

struct Raw {
    RawGraph graph;
    std::vector<uint32_t> ids;
    std::vector<uint8_t> count, level;
    char failure[64] = "untouched";

    Raw(uint32_t rows, uint32_t m) : ids(size_t{rows} * 2 * m), count(rows), level(rows) {
        graph = {rows, 2 * m, ids.data(), count.data(), level.data()};
    }
};

TEST(HnswTest, TakesAnyNumberOfRowsAndThreads) {
    for (uint32_t n : {0u, 1u, 2u, 3u, 17u, 500u})
        for (unsigned threads : {1u, 2u, 5u}) {
            const Vectors v = test::gaussian(n, 70, n);
            Graph built(Metric::L2, v, in_line(70, 4), {4, 20, 1});
            Raw raw(n, 4);
            ASSERT_EQ(build_hnsw(built.packed(), n, 4, 20, threads, test::kNoPoll, &raw.graph,
                                 raw.failure, sizeof(raw.failure)),
                      Status::Ok);
            EXPECT_STREQ(raw.failure, "");
            for (uint32_t i = 0; i < n; ++i) {
                ASSERT_LE(raw.count[i], 8);
                EXPECT_TRUE(n < 2 || raw.count[i] > 0);
                for (uint32_t k = 0; k < raw.count[i]; ++k) {
                    EXPECT_LT(raw.ids[i * 8 + k], n);
                    EXPECT_NE(raw.ids[i * 8 + k], i);
                }
            }
        }
}

TEST(HnswTest, IsReproducibleWithOneThread) {
    const Vectors v = test::clustered(800, 100, 1);
    const Graph a(Metric::L2, v, in_line(100, 8), {8, 40, 1});
    const Graph b(Metric::L2, v, in_line(100, 8), {8, 40, 1});
    for (uint32_t i = 0; i < 800; ++i) {
        ASSERT_EQ(a.raw().count[i], b.raw().count[i]);
        EXPECT_EQ(a.raw().level[i], b.raw().level[i]);
        const uint32_t* list = a.raw().ids + i * 16;
        EXPECT_TRUE(std::equal(list, list + a.raw().count[i], b.raw().ids + i * 16));
    }
}

TEST(HnswTest, StopsWhenCancelled) {
    const Vectors v = test::clustered(3000, 100, 1);
    const Graph built(Metric::L2, v, in_line(100, 4), {4, 10, 1});
    for (unsigned threads : {1u, 2u}) {
        Raw raw(3000, 16);
        size_t polls = 0;
        const Poll poll{[](void* self, size_t) { return ++*static_cast<size_t*>(self) > 1; },
                        &polls};
        EXPECT_EQ(build_hnsw(built.packed(), 3000, 16, 400, threads, poll, &raw.graph, raw.failure,
                             sizeof(raw.failure)),
                  Status::Canceled);
    }
}

TEST(HnswTest, BuildsAGoodGraphWithTwoThreads) {
    const Vectors v = test::clustered(2000, 100, 1), q = test::clustered(40, 100, 2);
    for (unsigned threads : {1u, 2u}) {
        Graph graph(Metric::L2, v, in_line(100, 12), {12, 80, threads});
        EXPECT_EQ(test::fault_in_lists(graph.store()), "");
        EXPECT_EQ(test::fault_in_spanning_tree(graph.store()), "");
        Scanner scanner(graph.store(), graph.space(), v);
        scanner.limits.epsilon = 0.15f;
        EXPECT_GE(scanner.recall(q, 10), 0.97) << threads;
    }
}

TEST(HnswTest, CountsItsMemoryOnTheSafeSide) {
    // Links and packed vector of a row are the least it can take.
    EXPECT_GE(hnsw_bytes(144, 1000, 16), 1000u * (144 + 33 * 4));
    EXPECT_EQ(hnsw_bytes(144, 2000, 16), 2 * hnsw_bytes(144, 1000, 16));
    EXPECT_GT(hnsw_bytes(144, 1000, 2), 0u);
}

// ---- complete_lists

TEST(ListsTest, CompletesEveryList) {
    const Vectors v = test::clustered(1000, 100, 1);
    for (uint32_t degree : {12u, 24u, 40u}) {
        LayoutChoice choice = in_line(100, 12);
        choice.degree = degree;
        const Graph graph(Metric::L2, v, choice, {12, 60, 1});
        const Lists& lists = graph.lists();
        std::vector<uint64_t> packed_vector(graph.packed().size() / 8 + 1);
        for (uint32_t i = 0; i < lists.rows; ++i) {
            const NodeId* list = lists.ids + size_t{i} * degree;
            const uint32_t raw_count = graph.raw().count[i];
            // Beyond 2m, a few rows have not enough neighbors' neighbors.
            EXPECT_TRUE(lists.count[i] == degree || degree > 24) << "row " << i;
            EXPECT_GE(lists.count[i], raw_count > degree ? degree : raw_count);
            EXPECT_LE(lists.diverse[i], raw_count);
            std::set<NodeId> ids(list, list + lists.count[i]);
            EXPECT_EQ(ids.size(), lists.count[i]);
            EXPECT_EQ(ids.count(i), 0u);
            // hnswlib's own come first, nearest first; where there are too many, the nearest stay.
            // (A spanning-tree edge may have displaced the last ones.)
            const uint32_t* raw = graph.raw().ids + size_t{i} * graph.raw().stride;
            graph.packed().write(i, packed_vector.data());
            std::vector<float> all;
            for (uint32_t k = 0; k < raw_count; ++k)
                all.push_back(graph.packed().distance_to(packed_vector.data(), raw[k]));
            std::sort(all.begin(), all.end());
            for (uint32_t k = 0; k + 2 < lists.diverse[i]; ++k)
                EXPECT_EQ(graph.packed().distance_to(packed_vector.data(), list[k]), all[k]);
        }
    }
}

TEST(ListsTest, DoesNotDependOnThreads) {
    const Vectors v = test::clustered(700, 100, 1);
    Graph graph(Metric::L2, v, in_line(100, 8), {8, 40, 1});
    Lists one = alloc_lists(700, graph.layout().degree(), graph.arena());
    Lists two = alloc_lists(700, graph.layout().degree(), graph.arena());
    for (unsigned threads : {1u, 3u})
        ASSERT_EQ(complete_lists(graph.raw(), graph.raw().rows, graph.packed(), threads,
                                 graph.arena(), test::kNoPoll, threads == 1 ? &one : &two),
                  Parallel::Done);
    for (uint32_t i = 0; i < 700; ++i) {
        ASSERT_EQ(one.count[i], two.count[i]);
        EXPECT_TRUE(std::equal(one.ids + i * one.degree, one.ids + i * one.degree + one.count[i],
                               two.ids + i * one.degree));
    }
}

TEST(ListsTest, StopsWhenCancelled) {
    const Vectors v = test::clustered(700, 100, 1);
    Graph graph(Metric::L2, v, in_line(100, 8), {8, 40, 1});
    Lists lists = alloc_lists(700, graph.layout().degree(), graph.arena());
    const Poll poll{[](void*, size_t) { return true; }, nullptr};
    EXPECT_EQ(complete_lists(graph.raw(), graph.raw().rows, graph.packed(), 1, graph.arena(), poll,
                             &lists),
              Parallel::Stopped);
}

// ---- build_spanning_tree

struct Tied {
    MallocArena arena;
    Lists lists;

    Tied(uint32_t rows, uint32_t degree) : lists(alloc_lists(rows, degree, arena.arena())) {
        std::fill_n(lists.count, rows, uint8_t{0});
        std::fill_n(lists.diverse, rows, uint8_t{0});
    }
    void link(NodeId from, NodeId to) { lists.ids[from * lists.degree + lists.count[from]++] = to; }
    // Rows that the spanning tree leads to from the root; -1 where a row ends more than one.
    int reached() const {
        std::vector<int> ends(lists.rows);
        std::vector<NodeId> queue = {lists.root};
        for (size_t head = 0; head < queue.size(); ++head)
            for (uint32_t k = 0; k < lists.count[queue[head]]; ++k)
                if (lists.tree_edge(queue[head], k)) {
                    const NodeId to = lists.ids[queue[head] * lists.degree + k];
                    if (ends[to]++ > 0 || to == lists.root) return -1;
                    queue.push_back(to);
                }
        return static_cast<int>(queue.size());
    }
};

TEST(SpanningTreeTest, ReachesEveryRowOfAConnectedGraph) {
    Tied tied(100, 4);
    for (NodeId i = 0; i < 100; ++i)
        for (NodeId step : {1u, 7u, 50u})
            tied.link(i, (i + step) % 100);
    build_spanning_tree(13, tied.lists.rows, tied.arena.arena(), &tied.lists);
    EXPECT_EQ(tied.lists.root, 13u);
    EXPECT_EQ(tied.lists.detached, 0u);
    EXPECT_EQ(tied.reached(), 100);
}

TEST(SpanningTreeTest, TiesSeparatePartsTogether) {
    // Five rings of twenty, with full lists.
    Tied tied(100, 2);
    for (NodeId i = 0; i < 100; ++i) {
        tied.link(i, i / 20 * 20 + (i + 1) % 20);
        tied.link(i, i / 20 * 20 + (i + 3) % 20);
    }
    build_spanning_tree(0, tied.lists.rows, tied.arena.arena(), &tied.lists);
    EXPECT_EQ(tied.lists.detached, 4u);
    EXPECT_EQ(tied.reached(), 100);
}

TEST(SpanningTreeTest, TiesInRowsThatNoListLeadsTo) {
    // Everybody leads to row 0 only.
    Tied tied(100, 3);
    for (NodeId i = 1; i < 100; ++i)
        tied.link(i, 0);
    build_spanning_tree(0, tied.lists.rows, tied.arena.arena(), &tied.lists);
    EXPECT_EQ(tied.lists.detached, 99u);
    EXPECT_EQ(tied.reached(), 100);
}

TEST(SpanningTreeTest, TiesTogetherRowsWithoutAnyList) {
    for (uint32_t degree : {1u, 2u, 32u})
        for (uint32_t rows : {1u, 2u, 300u}) {
            Tied tied(rows, degree);
            build_spanning_tree(rows - 1, tied.lists.rows, tied.arena.arena(), &tied.lists);
            EXPECT_EQ(tied.reached(), static_cast<int>(rows));
        }
}

TEST(SpanningTreeTest, SpreadsEvenly) {
    const Vectors v = test::clustered(2000, 64, 1);
    const Graph graph(Metric::L2, v, in_line(64, 8), {8, 40, 1});
    const Lists& lists = graph.lists();
    uint32_t most = 0;
    for (uint32_t i = 0; i < lists.rows; ++i) {
        uint32_t tree_edges = 0;
        for (uint32_t k = 0; k < lists.count[i]; ++k)
            tree_edges += lists.tree_edge(i, k);
        most = std::max(most, tree_edges);
    }
    EXPECT_LE(most, 2 * lists.degree / 3);
}

// A random graph of few and one-sided links, many times.
TEST(SpanningTreeTest, ReachesEveryRowOfRandomGraphs) {
    Random random(1);
    for (int round = 0; round < 300; ++round) {
        const auto rows = static_cast<uint32_t>(2 + random.below(60));
        const auto degree = static_cast<uint32_t>(1 + random.below(4));
        Tied tied(rows, degree);
        for (NodeId i = 0; i < rows; ++i) {
            std::set<NodeId> seen = {i};
            for (uint64_t k = random.below(degree + 1); k > 0; --k) {
                const auto to = static_cast<NodeId>(random.below(rows) * random.below(2));
                if (seen.insert(to).second) tied.link(i, to);
            }
        }
        build_spanning_tree(static_cast<NodeId>(random.below(rows)), rows, tied.arena.arena(),
                            &tied.lists);
        ASSERT_EQ(tied.reached(), static_cast<int>(rows)) << round;
    }
}

TEST(SpanningTreeTest, SpansTheFirstRowsAlone) {
    // Rows lead to the next one and to a row behind the spanned ones.
    Tied tied(100, 2);
    for (NodeId i = 0; i < 100; ++i) {
        tied.link(i, 80 + i % 20 == i ? 0 : 80 + i % 20);
        tied.link(i, (i + 1) % 80);
    }
    build_spanning_tree(5, 80, tied.arena.arena(), &tied.lists);
    EXPECT_EQ(tied.reached(), 80);
    for (NodeId i = 80; i < 100; ++i)
        EXPECT_FALSE(tied.lists.tree_edge(i, 0) || tied.lists.tree_edge(i, 1));

    // Another tree's row holds the edge to the root, whether its list has the root or not.
    for (NodeId from : {90u, 84u}) {
        ASSERT_TRUE(add_tree_edge(from, 5, &tied.lists));
        const uint32_t at = tied.lists.ids[from * 2] == 5 ? 0 : 1;
        EXPECT_EQ(tied.lists.ids[from * 2 + at], 5u);
        EXPECT_TRUE(tied.lists.tree_edge(from, at));
    }
}

TEST(SpanningTreeTest, FindsARowWithRoomForAnEdge) {
    // A star: the root's list is full with edges, and each of the others has room.
    Tied star(4, 3);
    for (NodeId i = 1; i < 4; ++i)
        star.link(0, i);
    build_spanning_tree(0, 4, star.arena.arena(), &star.lists);
    EXPECT_FALSE(add_tree_edge(0, 3 + 1, &star.lists));
    const NodeId row = row_with_room(4, star.lists);
    EXPECT_NE(row, 0u);
    EXPECT_TRUE(add_tree_edge(row, 0, &star.lists));

    Tied alone(1, 1);
    build_spanning_tree(0, 1, alone.arena.arena(), &alone.lists);
    EXPECT_EQ(row_with_room(1, alone.lists), 0u);
}

// ---- NodeEncoder

TEST(NodeEncoderTest, WritesWhatTheListsSay) {
    const Vectors v = test::clustered(400, 100, 1);
    for (Metric metric : {Metric::L2, Metric::InnerProduct})
        for (VectorPlacement form :
             {VectorPlacement::Inline, VectorPlacement::Split, VectorPlacement::OutOfLine}) {
            Graph graph(metric, v, test::with_form(100, 8, form), {8, 40, 1});
            const NodeLayout& layout = graph.layout();
            std::vector<int16_t> values(layout.words);
            std::vector<uint8_t> own(layout.own_bytes()), refinement(layout.refinement.bytes);
            std::vector<float> parent(layout.padded), child(layout.padded);
            std::vector<uint64_t> code(layout.code_words());
            const auto traversal = [&](NodeId id, std::vector<float>& out) {
                graph.rows().values(id, values.data());
                split_values(layout, values.data(), own.data(), refinement.data());
                traversal_from_bytes(layout, own.data(), graph.rows().row(id).scale,
                                     VectorBuffer(out.data()));
            };
            for (NodeId id = 0; id < 400; id += 13) {
                const NodeView node = graph.store().view(id);
                const Row& row = graph.rows().row(id);
                ASSERT_TRUE(node.check_links(400));
                EXPECT_EQ(node.header().scale, row.scale);
                EXPECT_EQ(node.header().norm2, row.norm2);
                EXPECT_EQ(node.header().level, graph.raw().level[id]);
                EXPECT_EQ(node.degree(), graph.lists().count[id]);
                traversal(id, parent);
                for (uint32_t k = 0; k < node.degree(); ++k) {
                    const NodeId to = graph.lists().ids[size_t{id} * layout.degree() + k];
                    EXPECT_EQ(node.ids()[k], to);
                    EXPECT_EQ(node.backfilled(k), k >= graph.lists().diverse[id]);
                    EXPECT_EQ(node.tree_edge(k), graph.lists().tree_edge(id, k));
                    traversal(to, child);
                    const NeighborTerms terms = encode_neighbor(
                        parent.data(), child.data(), layout.padded, layout.choice.code_bits,
                        row.norm2 - graph.rows().row(to).norm2, code.data());
                    EXPECT_TRUE(std::equal(code.begin(), code.end(), node.code(k)));
                    EXPECT_NEAR(node.add()[k], terms.add, 1e-4 * std::fabs(terms.add) + 1e-4);
                    EXPECT_NEAR(from_bfloat16(node.scale()[k]), from_bfloat16(terms.scale),
                                0.01 * std::fabs(from_bfloat16(terms.scale)));
                }
            }
        }
}

TEST(NodeEncoderTest, NamesTheNodesThatRowsBecome) {
    const Vectors v = test::clustered(100, 64, 1);
    const Graph graph(Metric::L2, v, in_line(64, 8), {8, 40, 1});
    std::vector<NodeId> names(100);
    for (NodeId i = 0; i < 100; ++i)
        names[i] = 1000 + 7 * i;
    const NodeEncoder plain(graph.layout(), graph.rows(), graph.lists(), graph.raw().level);
    const NodeEncoder named(graph.layout(), graph.rows(), graph.lists(), graph.raw().level,
                            names.data());
    std::vector<uint64_t> a(100 * graph.layout().slot_size / 8), b(a.size());
    MallocArena arena;
    for (auto [encoder, out] : {std::pair(&plain, &a), std::pair(&named, &b)})
        ASSERT_EQ(encoder->encode(0, 100, 1, arena, test::kNoPoll,
                                  reinterpret_cast<uint8_t*>(out->data())),
                  Parallel::Done);
    for (NodeId i = 0; i < 100; ++i) {
        const size_t at = i * graph.layout().slot_size / 8;
        const NodeView x(graph.layout(), &a[at]), y(graph.layout(), &b[at]);
        ASSERT_EQ(x.degree(), y.degree());
        for (uint32_t k = 0; k < x.degree(); ++k) {
            EXPECT_EQ(y.ids()[k], names[x.ids()[k]]);
            EXPECT_EQ(x.code(k)[0], y.code(k)[0]);
        }
    }
    std::vector<uint64_t> code(graph.layout().code_words());
    EntryCode entry{{}, code.data()};
    named.encode_entry(3, arena, &entry);
    EXPECT_EQ(entry.link.id, names[3]);
}

TEST(NodeEncoderTest, DoesNotDependOnThreadsOrBatches) {
    const Vectors v = test::clustered(300, 100, 1);
    Graph graph(Metric::L2, v, in_line(100, 8), {8, 40, 1});
    const NodeEncoder encoder(graph.layout(), graph.rows(), graph.lists(), graph.raw().level);
    const size_t size = graph.layout().slot_size;
    std::vector<uint64_t> one(300 * size / 8), parts(one);
    auto* bytes = reinterpret_cast<uint8_t*>(one.data());
    auto* part_bytes = reinterpret_cast<uint8_t*>(parts.data());
    MallocArena arena;
    ASSERT_EQ(encoder.encode(0, 300, 1, arena.arena(), test::kNoPoll, bytes), Parallel::Done);
    for (uint32_t from : {0u, 1u, 100u, 299u}) {
        const uint32_t to = from == 0 ? 1 : from == 1 ? 100 : from == 100 ? 299 : 300;
        ASSERT_EQ(
            encoder.encode(from, to, 3, arena.arena(), test::kNoPoll, part_bytes + from * size),
            Parallel::Done);
    }
    EXPECT_EQ(one, parts);
    EXPECT_EQ(arena.in_use(), 0u);  // working memory is given back
}

}  // namespace
}  // namespace vectidx
