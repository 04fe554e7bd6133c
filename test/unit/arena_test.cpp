#include <gtest/gtest.h>

#include "core/base/array.hpp"
#include "core/base/threads.hpp"

#include "support/malloc_arena.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

TEST(ArenaTest, AsksForAsManyBytesAsTheValuesTake) {
    MallocArena arena;
    auto* x = arena.arena().alloc<uint64_t>(10);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(x) % 8, 0u);
    EXPECT_EQ(arena.in_use(), 80u);
    arena.arena().free(x);
    EXPECT_EQ(arena.in_use(), 0u);
}

TEST(ArenaTest, FreesNothingForNull) {
    MallocArena arena;
    arena.arena().free(nullptr);
    EXPECT_EQ(arena.in_use(), 0u);
}

// More bytes than there are must be refused by the allocator, not wrap around to a few.
TEST(ArenaTest, SaturatesTheSizeOnOverflow) {
    size_t asked = 0;
    Arena arena(
        [](void* self, size_t bytes) -> void* {
            *static_cast<size_t*>(self) = bytes;
            return nullptr;
        },
        [](void*, void*) {}, &asked);
    arena.alloc<uint64_t>(SIZE_MAX / 4);
    EXPECT_EQ(asked, SIZE_MAX);
}

TEST(ArrayTest, StartsEmptyAndTakesNothing) {
    MallocArena arena;
    const Array<int> a(arena);
    EXPECT_TRUE(a.empty());
    EXPECT_EQ(a.size(), 0u);
    EXPECT_EQ(a.begin(), a.end());
    EXPECT_EQ(arena.in_use(), 0u);
}

TEST(ArrayTest, KeepsValuesWhileItGrows) {
    MallocArena arena;
    Array<int> a(arena);
    for (int i = 0; i < 1000; ++i)
        a.push_back(i);
    ASSERT_EQ(a.size(), 1000u);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(a[static_cast<size_t>(i)], i);
    EXPECT_EQ(a.back(), 999);
    EXPECT_EQ(arena.in_use(), a.bytes());  // what it outgrew was given back
}

TEST(ArrayTest, TakesItsReserveOnce) {
    MallocArena arena;
    Array<int> a(arena, 100);
    const int* first = a.data();
    for (int i = 0; i < 100; ++i)
        a.push_back(i);
    EXPECT_EQ(a.data(), first);
}

TEST(ArrayTest, ExtendsByAnyCount) {
    MallocArena arena;
    Array<int> a(arena);
    EXPECT_EQ(a.extend(0), a.end());
    for (size_t n : {1u, 3u, 100u, 0u, 1000u}) {
        const size_t before = a.size();
        int* room = a.extend(n);
        for (size_t i = 0; i < n; ++i)
            room[i] = static_cast<int>(before + i);
        EXPECT_EQ(a.size(), before + n);
    }
    for (size_t i = 0; i < a.size(); ++i)
        EXPECT_EQ(a[i], static_cast<int>(i));
}

TEST(ArrayTest, ShrinksWithoutGivingUpItsRoom) {
    MallocArena arena;
    Array<int> a(arena);
    for (int i = 0; i < 10; ++i)
        a.push_back(i);
    const size_t bytes = a.bytes();
    a.pop_back();
    EXPECT_EQ(a.back(), 8);
    a.truncate(3);
    EXPECT_EQ(a.back(), 2);
    a.clear();
    EXPECT_TRUE(a.empty());
    EXPECT_EQ(a.bytes(), bytes);
}

}  // namespace
}  // namespace vectidx
