#include "core/layout/meta.hpp"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>

#include "support/data.hpp"

namespace vectidx {
namespace {

// A page of exact size.
struct Page {
    std::unique_ptr<uint64_t[]> bytes = std::make_unique<uint64_t[]>(kPageSize / 8);
    MetaPage& meta() {
        return *reinterpret_cast<MetaPage*>(reinterpret_cast<uint8_t*>(bytes.get()) + kPayloadAt);
    }
};

void fill(MetaPage& meta, uint32_t extents) {
    MetaHeader& h = meta.header;
    h.metric = Metric::Cosine;
    h.algorithm = Algorithm::Hnsw;
    h.m = 16;
    h.ef_construction = 200;
    h.storage = Storage::Half;
    h.choice = choose_layout(768, 16);
    h.max_norm2 = 1.0f;
    h.generation = 1;
    h.calibration = default_calibration();
    h.extent_count = extents;
    for (uint32_t i = 0; i < extents; ++i)
        meta.extents[i] = {1 + 1000 * i, i * (i + 1) / 2};  // extents of 1, 2, 3... groups
    h.groups = extents * (extents + 1) / 2;
    h.fill_group = h.groups > 0 ? h.groups - 1 : 0;
}

TEST(MetaTest, FitsItsPage) {
    EXPECT_LT(kEntriesAt, kPageSize);
    EXPECT_EQ(kEntriesAt % 8, 0u);
    for (uint32_t words = 0; words <= 250; ++words)
        EXPECT_LE(entry_capacity(words) * (words * 8 + 10), kEntriesBytes);
    EXPECT_GE(entry_capacity(24), 2u);  // the longest code that choose_layout() takes
}

TEST(MetaTest, AcceptsWhatAWriterLeaves) {
    for (uint32_t extents : {0u, 1u, 2u, 100u, kMaxExtents}) {
        Page page;
        fill(page.meta(), extents);
        NodeLayout layout{};
        EXPECT_TRUE(valid_meta(page.meta(), &layout)) << extents;
        EXPECT_EQ(layout.padded, 768u);
    }
}

// Versions before the option left there what was in memory.
TEST(MetaTest, TakesTheStorageFromTheHeaderAlone) {
    for (int garbage : {0, 2, 200}) {
        Page page;
        fill(page.meta(), 2);
        page.meta().header.choice.storage = static_cast<Storage>(garbage);
        NodeLayout layout{};
        EXPECT_TRUE(valid_meta(page.meta(), &layout));
        EXPECT_EQ(layout.storage(), Storage::Half);
        EXPECT_EQ(layout.choice, choose_layout(768, 16));
    }
}

TEST(MetaTest, KnowsAlphaOfVamanaOnly) {
    const auto valid = [](Algorithm algorithm, float alpha) {
        Page page;
        fill(page.meta(), 3);
        page.meta().header.algorithm = algorithm;
        page.meta().header.alpha = alpha;
        NodeLayout layout{};
        return valid_meta(page.meta(), &layout);
    };
    for (float alpha : {1.0f, 1.2f, 2.0f}) {
        EXPECT_TRUE(valid(Algorithm::Vamana, alpha));
        EXPECT_FALSE(valid(Algorithm::Hnsw, alpha));
        EXPECT_FALSE(valid(Algorithm::Leaves, alpha));
    }
    for (float alpha : {0.0f, 0.99f, 2.01f, -1.2f, NAN, INFINITY})
        EXPECT_FALSE(valid(Algorithm::Vamana, alpha)) << alpha;
    EXPECT_TRUE(valid(Algorithm::Hnsw, 0.0f));
    EXPECT_TRUE(valid(Algorithm::Leaves, 0.0f));
    EXPECT_FALSE(valid(Algorithm::Hnsw, NAN));
    for (uint8_t algorithm : {0, 4, 255})
        EXPECT_FALSE(valid(static_cast<Algorithm>(algorithm), 0.0f));
    // What stands on the pages of indexes that were made before there was an alpha.
    EXPECT_EQ(static_cast<int>(Algorithm::Hnsw), 1);
    EXPECT_EQ(offsetof(MetaHeader, alpha), offsetof(MetaHeader, attempt) + 4);
}

// Bit strings are stored as such, and nothing else is.
TEST(MetaTest, RefusesAStorageThatTheMetricDoesNotHave) {
    for (Metric metric : {Metric::L2, Metric::InnerProduct, Metric::Cosine, Metric::L1,
                          Metric::Hamming, Metric::Jaccard})
        for (Storage storage : {Storage::Half, Storage::Sq8, Storage::Full, Storage::Binary}) {
            Page page;
            fill(page.meta(), 2);
            MetaHeader& h = page.meta().header;
            h.metric = metric;
            h.storage = storage;
            h.choice = choose_layout(128, 16, false, storage);
            NodeLayout layout{};
            EXPECT_EQ(valid_meta(page.meta(), &layout),
                      compares_bits(metric) == (storage == Storage::Binary))
                << static_cast<int>(metric) << " " << static_cast<int>(storage);
        }
}

TEST(MetaTest, RefusesEachDamage) {
    const auto refused = [](auto&& damage) {
        Page page;
        fill(page.meta(), 3);
        damage(page.meta().header, page.meta().extents);
        NodeLayout layout{};
        return !valid_meta(page.meta(), &layout);
    };
    EXPECT_FALSE(refused([](MetaHeader&, Extent*) {}));
    const auto with_directory = [](DirectoryRef directory, uint16_t format = kIndexFormat) {
        return [=](MetaHeader& h, Extent* e) {
            h.format = format;
            e[kMaxExtents] = {directory.map, directory.pages};
        };
    };
    // 768 dimensions: 70 entries to a page, 10 nodes to a group, 6 groups.
    EXPECT_FALSE(refused(with_directory({9, 1})));
    EXPECT_FALSE(refused(with_directory({9, 2})));
    EXPECT_TRUE(refused(with_directory({9, 0})));
    EXPECT_TRUE(refused(with_directory({0, 1})));
    EXPECT_TRUE(refused(with_directory({0, 0})));
    EXPECT_TRUE(refused(with_directory({kNoBlock, 1})));
    EXPECT_TRUE(refused(with_directory({9, UINT32_MAX / 2})));
    EXPECT_FALSE(refused(with_directory({9, 0}, 2)));  // there it is a place for an extent
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) {
        h.format = kIndexFormat;
        h.extent_count = kMaxExtentsBefore3;
    }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.metric = static_cast<Metric>(0); }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.metric = static_cast<Metric>(7); }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.embedding_error = -0.1f; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.embedding_error = NAN; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.m = 1; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.m = 101; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.choice.dims = 0; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.choice.code_bits = 1; }));
    EXPECT_TRUE(refused(
        [](MetaHeader& h, Extent*) { h.choice.placement = static_cast<VectorPlacement>(9); }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.storage = static_cast<Storage>(0); }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.storage = static_cast<Storage>(5); }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.generation = 0; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.extent_count = kMaxExtentsBefore3 + 1; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.extent_count = UINT32_MAX; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.extent_count = 0; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.entry_count = entry_capacity(12) + 1; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.max_norm2 = NAN; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.max_norm2 = INFINITY; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.max_norm2 = -1.0f; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.groups = 3; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.groups = UINT32_MAX; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.fill_group = h.groups; }));
    EXPECT_TRUE(refused([](MetaHeader&, Extent* e) { e[0].first_group = 1; }));
    EXPECT_TRUE(refused([](MetaHeader&, Extent* e) { e[2].first_group = e[1].first_group; }));
    EXPECT_TRUE(refused([](MetaHeader&, Extent* e) { e[1].first_block = kNoBlock - 1; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.ef_construction = 0; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.ef_construction = UINT32_MAX; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.calibration.version = 7; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.calibration.far_key[1] = NAN; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.calibration.far_key[0] = -1.0f; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.calibration.far_key[3] = INFINITY; }));
    EXPECT_TRUE(refused([](MetaHeader& h, Extent*) { h.calibration.levels[4].hops[2] = 0; }));
}

TEST(MetaTest, StaysWithinThePageOnRandomBytes) {
    Random random(3);
    int valid = 0;
    for (int round = 0; round < 20000; ++round) {
        Page page;
        if (round % 2 == 0) {
            for (size_t i = 0; i < kPageSize / 8; ++i)
                page.bytes[i] = random.next();
        } else {
            // A good page with a few bytes changed.
            fill(page.meta(), 1 + static_cast<uint32_t>(random.below(kMaxExtents)));
            auto* bytes = reinterpret_cast<uint8_t*>(&page.meta());
            for (int k = 0; k < 3; ++k)
                bytes[random.below(sizeof(MetaPage))] = static_cast<uint8_t>(random.next());
        }
        NodeLayout layout{};
        if (!valid_meta(page.meta(), &layout)) continue;
        ++valid;
        for (uint32_t group : {0u, page.meta().header.groups / 2, page.meta().header.groups - 1})
            if (group < page.meta().header.groups)
                group_block(page.meta(), group, layout.group_pages);
        for (float target : {0.5f, 0.96f, 0.999f})
            stop_rule(page.meta().header.calibration, target, 10);
    }
    EXPECT_GT(valid, 100);
}

TEST(MetaTest, FindsTheBlockOfEveryGroup) {
    for (uint32_t extents : {1u, 2u, 3u, 17u, kMaxExtents}) {
        Page page;
        fill(page.meta(), extents);
        uint32_t group = 0;
        for (uint32_t e = 0; e < extents; ++e)
            for (uint32_t k = 0; k <= e; ++k, ++group)
                ASSERT_EQ(group_block(page.meta(), group, 6), 1 + 1000 * e + 6 * k) << group;
        EXPECT_EQ(extents_end(page.meta(), 6), 1 + 1000 * (extents - 1) + 6 * extents);
    }
}

TEST(EntriesTest, KeepsEveryEntryApart) {
    for (uint32_t words : {1u, 2u, 12u, 24u}) {
        Page page;
        const uint32_t capacity = entry_capacity(words);
        Entries entries(page.bytes.get(), words);
        std::vector<uint64_t> code(words);
        for (uint32_t i = 0; i < capacity; ++i) {
            for (uint32_t w = 0; w < words; ++w)
                code[w] = uint64_t{i} * 1000 + w;
            entries.set(i, {i + 5, {static_cast<float>(i), static_cast<Bfloat16>(i)}, false, false},
                        code.data());
        }
        for (uint32_t i = 0; i < capacity; ++i) {
            EXPECT_EQ(entries.ids()[i], i + 5);
            EXPECT_EQ(entries.add()[i], static_cast<float>(i));
            EXPECT_EQ(entries.scale()[i], i);
            for (uint32_t w = 0; w < words; ++w)
                EXPECT_EQ(entries.codes()[i * words + w], uint64_t{i} * 1000 + w);
        }
        const auto* end = reinterpret_cast<uint8_t*>(entries.scale() + capacity);
        EXPECT_LE(end, reinterpret_cast<uint8_t*>(page.bytes.get()) + kPageSize);
    }
}

TEST(CalibrationTest, GivesTheRuleOfALevel) {
    const Calibration c = default_calibration();
    for (uint32_t i = 0; i < kRecalls; ++i)
        for (uint32_t d = 0; d < kDepths; ++d) {
            const StopRule rule = stop_rule(c, kRecallLevels[i], kDepthRows[d]);
            EXPECT_NEAR(rule.threshold, kThresholdUnit * c.levels[i].threshold[d], 1e-4f);
            EXPECT_NEAR(rule.hops, c.levels[i].hops[d], 0.01f * c.levels[i].hops[d]);
        }
}

TEST(CalibrationTest, RisesWithRecallAndRows) {
    const Calibration c = default_calibration();
    for (double rows : {1.0, 4.0, 10.0, 70.0, 900.0, 5000.0, 1e6}) {
        StopRule before = stop_rule(c, kMinTargetRecall, rows);
        for (float target = kMinTargetRecall; target <= kMaxTargetRecall; target += 0.0005f) {
            const StopRule rule = stop_rule(c, target, rows);
            EXPECT_GE(rule.threshold, before.threshold) << target;
            EXPECT_GE(rule.hops, before.hops) << target;
            EXPECT_LT(rule.threshold - before.threshold, 0.3f) << target;  // no jump
            before = rule;
        }
    }
    StopRule before = stop_rule(c, 0.95f, 1);
    for (double rows = 1; rows < 1e6; rows *= 1.1) {
        const StopRule rule = stop_rule(c, 0.95f, rows);
        EXPECT_GE(rule.threshold, before.threshold) << rows;
        EXPECT_GE(rule.hops, before.hops) << rows;
        before = rule;
    }
}

TEST(CalibrationTest, ClampsBeyondItsLevels) {
    const Calibration c = default_calibration();
    const float least = stop_rule(c, kMinTargetRecall, 10).threshold;
    const float most = stop_rule(c, kMaxTargetRecall, 10).threshold;
    EXPECT_EQ(stop_rule(c, 0.0f, 10).threshold, least);
    EXPECT_EQ(stop_rule(c, 0.1f, 10).threshold, least);
    EXPECT_EQ(stop_rule(c, 1.0f, 10).threshold, most);
    EXPECT_EQ(stop_rule(c, 2.0f, 10).threshold, most);
    EXPECT_EQ(stop_rule(c, 0.9f, 0.0).threshold, stop_rule(c, 0.9f, 1.0).threshold);
}

TEST(CalibrationTest, KnowsWhatIsFarAtTheLastDepthThatWasMeasured) {
    Calibration c = default_calibration();
    EXPECT_GT(stop_rule(c, 0.95f, 10).far_key, 1e38f) << "never measured";
    for (uint32_t d = 0; d < 3; ++d)
        c.far_key[d] = 2.0f + static_cast<float>(d);
    extend_depths(&c, 3);
    EXPECT_FLOAT_EQ(stop_rule(c, 0.95f, 1).far_key, 2.0f);
    EXPECT_FLOAT_EQ(stop_rule(c, 0.95f, 100).far_key, 4.0f);
    float before = 2.0f;
    for (double rows = 1; rows <= 1000; rows *= 1.3) {
        const float far_key = stop_rule(c, 0.95f, rows).far_key;
        EXPECT_GE(far_key, before) << rows;
        EXPECT_LE(far_key, 40.0f) << rows;
        before = far_key;
    }
}

TEST(CalibrationTest, TakesThoseOfAnOlderVersionForNone) {
    Calibration old{};
    old.samples = 500;
    old.nodes = 1000;
    EXPECT_TRUE(valid_calibration(old));
    EXPECT_EQ(stop_rule(old, 0.95f, 10).threshold,
              stop_rule(default_calibration(), 0.95f, 10).threshold);
}

}  // namespace
}  // namespace vectidx
