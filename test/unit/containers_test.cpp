// MinHeap, SmallestKeys, IdSet, Random and the checksum, against the standard library.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "core/base/checksum.hpp"
#include "core/base/hash_set.hpp"
#include "core/base/heap.hpp"
#include "core/base/random.hpp"

#include "support/malloc_arena.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

struct Item {
    float key;
    int value;
};

TEST(MinHeapTest, GivesItemsByRisingKey) {
    MallocArena arena;
    MinHeap<Item> heap(arena);
    Random random(1);
    std::vector<float> keys;
    for (int i = 0; i < 1000; ++i) {
        keys.push_back(static_cast<float>(random.below(300)));
        heap.push({keys.back(), i});
    }
    std::vector<float> sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    for (float expected : sorted) {
        ASSERT_FALSE(heap.empty());
        EXPECT_EQ(heap.top().key, expected);
        const Item item = heap.pop();
        EXPECT_EQ(item.key, expected);
        EXPECT_EQ(keys[static_cast<size_t>(item.value)], expected);
    }
    EXPECT_TRUE(heap.empty());
}

TEST(MinHeapTest, MixesPushAndPopAsAPriorityQueueDoes) {
    MallocArena arena;
    MinHeap<Item> heap(arena, 4);
    std::priority_queue<float, std::vector<float>, std::greater<>> reference;
    Random random(2);
    for (int i = 0; i < 5000; ++i)
        if (reference.empty() || random.below(5) < 3) {
            const auto key = static_cast<float>(random.below(1000));
            heap.push({key, 0});
            reference.push(key);
        } else {
            ASSERT_EQ(heap.pop().key, reference.top());
            reference.pop();
        }
    EXPECT_EQ(heap.size(), reference.size());
    heap.clear();
    EXPECT_TRUE(heap.empty());
}

TEST(MinHeapTest, OrdersWhatWasAdded) {
    Random random(3);
    for (size_t before = 0; before < 8; ++before)
        for (size_t added = 0; added < 40; ++added) {
            MallocArena arena;
            MinHeap<Item> heap(arena);
            std::vector<float> keys;
            for (size_t i = 0; i < before + added; ++i) {
                keys.push_back(static_cast<float>(random.below(50)));
                if (i < before)
                    heap.push({keys[i], 0});
                else
                    heap.add({keys[i], 0});
            }
            heap.order();
            std::sort(keys.begin(), keys.end());
            for (float expected : keys)
                ASSERT_EQ(heap.pop().key, expected);
            EXPECT_TRUE(heap.empty());
        }
}

TEST(MinHeapTest, OrdersInfiniteKeys) {
    MallocArena arena;
    MinHeap<Item> heap(arena);
    for (float key : {INFINITY, 0.0f, -INFINITY, 3e38f})
        heap.push({key, 0});
    EXPECT_EQ(heap.pop().key, -INFINITY);
    EXPECT_EQ(heap.pop().key, 0.0f);
    EXPECT_EQ(heap.pop().key, 3e38f);
    EXPECT_EQ(heap.pop().key, INFINITY);
}

TEST(SmallestKeysTest, KeepsTheSmallest) {
    for (size_t capacity : {1u, 2u, 10u, 64u}) {
        MallocArena arena;
        SmallestKeys smallest(arena, capacity);
        Random random(capacity);
        std::vector<float> all;
        for (int i = 0; i < 500; ++i) {
            const auto key = static_cast<float>(random.below(200));
            EXPECT_EQ(smallest.full(), all.size() >= capacity);
            const bool taken = smallest.offer(key);
            EXPECT_EQ(taken, all.size() < capacity || key < all[capacity - 1]);
            all.insert(std::upper_bound(all.begin(), all.end(), key), key);
            EXPECT_EQ(smallest.worst(), all[std::min(all.size(), capacity) - 1]);
        }
    }
}

TEST(SmallestKeysTest, RefusesNaNOnceFull) {
    MallocArena arena;
    SmallestKeys smallest(arena, 2);
    smallest.offer(1.0f);
    smallest.offer(2.0f);
    EXPECT_FALSE(smallest.offer(NAN));
    EXPECT_EQ(smallest.worst(), 2.0f);
}

TEST(SmallestKeysTest, TellsTheMeanAndHowManyAreWithinABound) {
    MallocArena arena;
    SmallestKeys smallest(arena, 4);
    for (float key : {7.0f, 1.0f, 9.0f, 2.0f, 2.0f})
        smallest.offer(key);
    EXPECT_EQ(smallest.mean(), 3.0f);
    EXPECT_EQ(smallest.within(1.9f), 1u);
    EXPECT_EQ(smallest.within(2.0f), 3u);
    EXPECT_EQ(smallest.within(7.0f), 4u);
}

TEST(SmallestKeysTest, StartsAgainWithAnotherCapacity) {
    MallocArena arena;
    SmallestKeys smallest(arena, 3);
    for (float key : {3.0f, 1.0f, 2.0f})
        smallest.offer(key);
    smallest.reset(1);
    EXPECT_FALSE(smallest.full());
    smallest.offer(7.0f);
    smallest.offer(5.0f);
    EXPECT_EQ(smallest.worst(), 5.0f);
}

TEST(IdSetTest, TellsNewFromOld) {
    MallocArena arena;
    IdSet ids(arena, 16);
    std::set<uint32_t> reference;
    Random random(3);
    for (int i = 0; i < 20000; ++i) {
        const auto id = static_cast<uint32_t>(random.below(7000));
        EXPECT_EQ(ids.contains(id), reference.count(id) == 1);
        EXPECT_EQ(ids.insert(id), reference.insert(id).second);
        ASSERT_EQ(ids.size(), reference.size());
    }
    for (uint32_t id = 0; id < 7000; ++id)
        EXPECT_EQ(ids.contains(id), reference.count(id) == 1);
    EXPECT_EQ(arena.in_use(), ids.bytes());
}

// Keys that stand for strings of equal or different hashes.
struct Words {
    std::vector<std::string> words;
    uint32_t hash(uint32_t key) const { return static_cast<uint32_t>(words[key].size()); }
    bool equal(uint32_t a, uint32_t b) const { return words[a] == words[b]; }
};

TEST(IdSetTest, ComparesWhatKeysStandFor) {
    MallocArena arena;
    IdSet ids(arena, 2);
    Words all;
    std::map<std::string, uint32_t> reference;
    Random random(4);
    for (uint32_t key = 0; key < 2000; ++key) {
        all.words.push_back(std::to_string(random.below(900)));
        const auto [place, fresh] = reference.emplace(all.words.back(), key);
        const size_t most = ids.bytes() + ids.growth();
        EXPECT_EQ(ids.insert(key, all), fresh ? UINT32_MAX : place->second);
        EXPECT_LE(ids.bytes(), most);
        ASSERT_EQ(ids.size(), reference.size());
    }
}

TEST(IdSetTest, ForgetsAndKeepsItsMemory) {
    MallocArena arena;
    IdSet ids(arena, 0);
    ids.clear();
    for (int round = 0; round < 3; ++round) {
        for (uint32_t id = 0; id < 500; ++id)
            EXPECT_TRUE(ids.insert(id));
        const size_t bytes = ids.bytes();
        ids.clear();
        EXPECT_EQ(ids.size(), 0u);
        EXPECT_FALSE(ids.contains(7));
        EXPECT_EQ(ids.bytes(), bytes);
    }
}

TEST(IdSetTest, TakesTheExtremes) {
    MallocArena arena;
    IdSet ids(arena, 2);
    for (uint32_t id : {0u, UINT32_MAX - 1, 1u, 0x80000000u})
        EXPECT_TRUE(ids.insert(id));
    for (uint32_t id : {0u, UINT32_MAX - 1, 1u, 0x80000000u})
        EXPECT_FALSE(ids.insert(id));
    EXPECT_FALSE(ids.contains(2));
}

// Ids a power of two apart collide under a hash that keeps low bits only.
TEST(IdSetTest, StaysFastOnRegularIds) {
    MallocArena arena;
    IdSet ids(arena);
    for (uint32_t i = 0; i < 50000; ++i)
        EXPECT_TRUE(ids.insert(i << 14 | i >> 18));
    EXPECT_EQ(ids.size(), 50000u);
}

TEST(RandomTest, IsTheSameEverywhere) {
    // The first outputs of SplitMix64 from seed 0, as its authors' code gives them.
    Random random(0);
    EXPECT_EQ(random.next(), 0xE220A8397B1DCDAFull);
    EXPECT_EQ(random.next(), 0x6E789E6AA1B965F4ull);
    EXPECT_EQ(random.next(), 0x06C45D188009454Full);
}

TEST(RandomTest, IsUniformBelowABound) {
    Random random(5);
    int counts[7] = {};
    for (int i = 0; i < 70000; ++i) {
        const uint64_t value = random.below(7);
        ASSERT_LT(value, 7u);
        ++counts[value];
    }
    for (int count : counts)
        EXPECT_NEAR(count, 10000, 500);
    EXPECT_EQ(random.below(1), 0u);
}

TEST(ChecksumTest, SeesEveryBit) {
    for (size_t size : {1u, 7u, 8u, 16u, 67u, 256u}) {
        std::vector<uint8_t> bytes(size);
        Random random(size);
        for (uint8_t& b : bytes)
            b = static_cast<uint8_t>(random.next());
        const uint32_t whole = checksum32(bytes.data(), size, 1);
        for (size_t i = 0; i < size; ++i)
            for (int bit = 0; bit < 8; ++bit) {
                bytes[i] ^= static_cast<uint8_t>(1 << bit);
                EXPECT_NE(checksum32(bytes.data(), size, 1), whole) << i << " " << bit;
                bytes[i] ^= static_cast<uint8_t>(1 << bit);
            }
        EXPECT_NE(checksum32(bytes.data(), size - 1, 1), whole);
        EXPECT_NE(checksum32(bytes.data(), size, 2), whole);
        EXPECT_EQ(checksum32(bytes.data(), size, 1), whole);
    }
}

TEST(ChecksumTest, ReadsUnalignedData) {
    std::vector<uint8_t> bytes(40, 7), shifted(41, 7);
    EXPECT_EQ(checksum32(bytes.data(), 40, 3), checksum32(shifted.data() + 1, 40, 3));
    EXPECT_EQ(checksum32(nullptr, 0, 3), checksum32(bytes.data(), 0, 3));
}

}  // namespace
}  // namespace vectidx
