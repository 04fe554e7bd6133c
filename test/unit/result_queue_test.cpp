// The order in which results leave, with intervals that the tests choose.
#include "core/graph/result_queue.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::MallocArena;
using Turn = ResultQueue::Turn;

struct Queue {
    MallocArena arena;
    KeySpace space{Metric::L2, 0.0f};
    NodeLayout layout;
    std::vector<float> zero = std::vector<float>(64);
    RotatedQuery query{};
    ResultQueue queue;

    explicit Queue(bool strict = false, test::NodeForm form = VectorPlacement::Inline)
        : layout(test::layout_of(test::with_form(64, 8, form))),
          queue(space, layout, query, {}, strict, arena) {
        query.rotated = VectorView(zero.data());
        query.unit = 1.0;
    }
    // A result whose vector was stored without loss. Its TID is its index.
    uint32_t add(float low, float high, bool refined, uint8_t flags = 0) {
        EvaluatedNode e{};
        e.id = queue.size();
        e.key = 0.5f * (low + high);
        e.tid_count = 1;
        e.overflow_block = kNoBlock;
        e.refined = refined;
        e.flags = flags;
        const HeapTid tid = test::tid_of(queue.size());
        const uint32_t index = queue.add(e, &tid);
        queue.push({low, high, index});
        return index;
    }
    // A result with a final key that its traversal key does not tell.
    void add_final(float key, float final_key) {
        queue.node(add(final_key, final_key, true)).key = key;
    }
    // What the nearest result does, which leaves if it may.
    Turn step(uint32_t* index) {
        const RankedResult first = queue.pop();
        *index = first.index;
        const Turn turn = queue.turn(first);
        SearchResult found{};
        if (turn == Turn::Give || turn == Turn::GiveExact)
            queue.give(first, turn == Turn::GiveExact, &found);
        else if (turn != Turn::Late)
            queue.push(first);
        return turn;
    }
    void expect(Turn turn, uint32_t index) {
        uint32_t at = UINT32_MAX;
        EXPECT_EQ(step(&at), turn);
        EXPECT_EQ(at, index);
    }
};

TEST(ResultQueueTest, GivesSeparateResultsWithoutRefiningThem) {
    Queue q;
    const uint32_t far = q.add(5.0f, 6.0f, false), near = q.add(1.0f, 2.0f, false);
    q.expect(Turn::GiveExact, near);
    EXPECT_FALSE(q.queue.last_is_inexact());
    q.expect(Turn::GiveExact, far);
    EXPECT_TRUE(q.queue.empty());
}

TEST(ResultQueueTest, RefinesWhatOverlapsFirstOneThenTheNext) {
    Queue q;
    const uint32_t first = q.add(1.0f, 3.0f, false), second = q.add(2.0f, 4.0f, false);
    q.expect(Turn::Refine, first);
    q.queue.node(first).refined = true;
    q.expect(Turn::RefineNext, first);
    q.queue.node(second).refined = true;
    q.expect(Turn::Give, first);  // the executor sorts it in
    EXPECT_TRUE(q.queue.last_is_inexact());
    // The second is alone now, but the first may be farther.
    q.expect(Turn::Give, second);
}

TEST(ResultQueueTest, AResultBeyondAllThatLeftIsExactAgain) {
    Queue q;
    q.add(1.0f, 3.0f, true);
    q.add(2.0f, 4.0f, true);
    const uint32_t third = q.add(5.0f, 6.0f, true);
    uint32_t at = 0;
    EXPECT_EQ(q.step(&at), Turn::Give);
    EXPECT_EQ(q.step(&at), Turn::Give);
    EXPECT_TRUE(q.queue.last_is_inexact());
    q.expect(Turn::GiveExact, third);
    EXPECT_FALSE(q.queue.last_is_inexact());
}

// The distances of bit strings are known without an error.
TEST(ResultQueueTest, EqualDistancesThatAreKnownAreInOrderEitherWay) {
    Queue q(false, test::kBinarySplit);
    for (int i = 0; i < 3; ++i)
        q.add(2.0f, 2.0f, true);
    uint32_t at = 0;
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(q.step(&at), Turn::GiveExact);
}

// The rows of such a node have different vectors.
TEST(ResultQueueTest, ASharedNodeIsNeverExact) {
    Queue q;
    const uint32_t shared = q.add(1.0f, 2.0f, true, kSharedNode);
    q.add(9.0f, 9.5f, true);
    q.expect(Turn::Give, shared);
}

TEST(ResultQueueTest, WhatIsNearerThanAnExactResultIsLate) {
    Queue q;
    q.add(1.0f, 2.0f, true);
    uint32_t at = 0;
    ASSERT_EQ(q.step(&at), Turn::GiveExact);
    const uint32_t late = q.add(1.5f, 1.8f, true);
    q.expect(Turn::Late, late);
    const uint32_t in_order = q.add(2.5f, 2.8f, true);
    q.expect(Turn::GiveExact, in_order);
}

// The executor holds a row back until a lower bound passes it.
TEST(ResultQueueTest, AfterAnInexactResultOnlyWhatIsBelowItsLowerBoundIsLate) {
    Queue q;
    q.add(4.0f, 6.0f, true);
    q.add(5.0f, 7.0f, true);
    uint32_t at = 0;
    ASSERT_EQ(q.step(&at), Turn::Give);  // now no row below 4 can come in order
    q.expect(Turn::Give, 1);             // and none below 5
    EXPECT_EQ(q.queue.node(q.add(4.5f, 5.5f, true)).key, 5.0f);
    q.expect(Turn::Give, 2);
    const uint32_t late = q.add(3.0f, 4.0f, true);
    q.expect(Turn::Late, late);
}

TEST(ResultQueueTest, AKeyThatSaysNothingIsLateOnlyInStrictOrder) {
    for (bool strict : {false, true}) {
        Queue q(strict);
        q.add(4.0f, 6.0f, true);
        q.add(5.0f, 7.0f, true);
        uint32_t at = 0;
        ASSERT_EQ(q.step(&at), Turn::Give);
        const uint32_t scaled = q.add(1.0f, kFarthestKey, true, kScaledDown);
        q.expect(strict ? Turn::Late : Turn::Give, scaled);
    }
}

TEST(ResultQueueTest, LateResultsComeNearestFirst) {
    Queue q;
    for (float key : {3.0f, 1.0f, 2.0f})
        q.add(key, key, true);
    while (!q.queue.empty())
        q.queue.keep_late(q.queue.pop());
    SearchResult found{};
    for (float key : {1.0f, 2.0f, 3.0f}) {
        ASSERT_TRUE(q.queue.give_late(&found));
        EXPECT_EQ(found.low, key);
        EXPECT_FALSE(found.exact);
    }
    EXPECT_FALSE(q.queue.give_late(&found));
}

TEST(ResultQueueTest, TakesAllInOrder) {
    Queue q;
    for (float key : {3.0f, 1.0f, 2.0f})
        q.add(key, key + 5.0f, false);
    Array<RankedResult> all(q.arena.arena());
    q.queue.take_all(&all);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_TRUE(q.queue.empty());
    for (size_t i = 0; i < 3; ++i)
        EXPECT_EQ(all[i].key, static_cast<float>(i + 1));
}

TEST(ResultQueueTest, DropsWhatItAddedLastWithItsBytesAndTids) {
    Queue q;
    std::vector<uint8_t> first(q.layout.own_bytes(), 1), second(q.layout.own_bytes(), 2);
    q.add(1.0f, 2.0f, true);
    q.queue.keep_own(first.data());
    EvaluatedNode e{};
    e.tid_count = 2;
    const HeapTid tids[] = {test::tid_of(70), test::tid_of(71)};
    const uint32_t dropped = q.queue.add(e, tids);
    EXPECT_EQ(q.queue.own(dropped), nullptr);
    q.queue.keep_own(second.data());
    ASSERT_NE(q.queue.own(dropped), nullptr);
    q.queue.drop_last();
    EXPECT_EQ(q.queue.size(), 1u);
    EXPECT_EQ(q.queue.own_size(), q.layout.own_bytes());
    EXPECT_EQ(q.queue.own(0)[0], 1);
    const uint32_t next = q.add(3.0f, 4.0f, true);
    SearchResult found{};
    q.queue.fill({3.0f, 4.0f, next}, true, &found);
    ASSERT_EQ(found.tid_count, 1u);
    EXPECT_EQ(test::row_of(found.tids[0]), 1u);
}

// The vector of a row in the table is known: its interval is what rounding may take from it.
TEST(ResultQueueTest, RanksByTheDistanceOfTheOperator) {
    Queue q;
    EvaluatedNode e{};
    e.key = 100.0f;
    e.tid_count = 1;
    const HeapTid tid = test::tid_of(0);
    const uint32_t index = q.queue.add(e, &tid);
    const RankedResult result = q.queue.rank_by_distance(index, 3.0);
    EXPECT_TRUE(q.queue.node(index).refined);
    EXPECT_LE(result.key, 9.0f);
    EXPECT_GE(result.high, 9.0f);
    EXPECT_NEAR(result.key, 9.0f, 1e-4f);
    EXPECT_EQ(q.queue.top().index, index);
}

// Two results at each of 50 traversal keys, one nearer and one farther than the line.
TEST(ResultQueueTest, ExpectsNearerOnesWhereFinalKeysAreLoose) {
    Queue q;
    for (uint32_t key = 0; key < 50; ++key)
        for (float final_key : {10.0f, 30.0f})
            q.add_final(static_cast<float>(key), final_key);
    // The 20th final key is 10, one deviation below the mean: 15.87 % of 100.
    EXPECT_NEAR(q.queue.expected_nearer(20, 50.0f), 15.87f, 0.01f);
    // The 60th is 30, one deviation above.
    EXPECT_NEAR(q.queue.expected_nearer(60, 50.0f), 84.13f, 0.01f);
}

TEST(ResultQueueTest, ExpectsNoneWhereFinalKeysFollowTheTraversal) {
    Queue tight, exact, few;
    for (uint32_t key = 0; key < 50; ++key)
        for (float aside : {-1.0f, 1.0f}) {
            tight.add_final(static_cast<float>(key), static_cast<float>(key) + aside);
            exact.add_final(static_cast<float>(key), static_cast<float>(key));
            if (key < 10) few.add_final(static_cast<float>(key), 10.0f * aside);
        }
    EXPECT_LT(tight.queue.expected_nearer(20, 44.5f), 1e-6f);
    EXPECT_EQ(exact.queue.expected_nearer(20, 44.5f), 0.0f);
    EXPECT_EQ(few.queue.expected_nearer(5, 44.5f), 0.0f);
}

}  // namespace
}  // namespace vectidx
