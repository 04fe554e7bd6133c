// The keys of one vector from every form in which a search meets it.
#include "core/graph/scorer.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "support/graph.hpp"

namespace vectidx {
namespace {

using test::MallocArena;

constexpr uint32_t kDims = 200;

// A query and one vector, in the forms of an index.
struct Example {
    MallocArena arena;
    test::NodeForm form;
    test::Vectors vectors;
    test::SpaceFor fit;
    NodeLayout layout;
    std::vector<float> rotated, x;
    RotatedQuery query;
    std::vector<int16_t> values;
    std::vector<uint8_t> own, refinement;
    StoredVector stored{};
    Scorer scorer;

    Example(test::NodeForm f, Metric metric)
        : form(f),
          vectors(test::clustered_for(metric, 40, kDims, 5)),
          fit(metric, vectors),
          layout(test::layout_of(test::with_form(kDims, 8, f))),
          rotated(layout.padded),
          x(layout.padded),
          query(fit.space().prepare_query(VectorView(vectors[0]), VectorBuffer(rotated.data()))),
          values(layout.words),
          own(layout.own_bytes()),
          refinement(layout.refinement.bytes),
          scorer(fit.space().keys(), layout, query, nullptr, arena.arena()) {
        const RotatedVector v = fit.space().prepare(VectorView(vectors[1]), VectorBuffer(x.data()));
        stored = {values.data(), encode_values(layout, v.rotated, values.data()), v.norm2, 0, 0};
        split_values(layout, values.data(), own.data(), refinement.data());
    }
    bool binary() const { return layout.storage() == Storage::Binary; }
    // The key in double precision, of the vector as given.
    double exact_key() const {
        double distance2 = 0;
        for (uint32_t j = 0; j < layout.padded; ++j)
            distance2 += std::pow(static_cast<double>(rotated[j]) - static_cast<double>(x[j]), 2);
        return distance2 + static_cast<double>(query.shift) - static_cast<double>(stored.norm2);
    }
    float from_slot() {
        std::vector<uint64_t> slot(layout.slot_size / 8);
        NodeSlot node(layout, slot.data());
        node.init(
            {values.data(), stored.scale, stored.norm2, 0, 0, 0, 0, 0, nullptr, nullptr, nullptr});
        return scorer.in_slot(node);
    }
    float from_pages(uint32_t piece) {
        scorer.start(stored.scale, stored.norm2);
        for (uint32_t from = 0; from < own.size(); from += piece) {
            const auto end = std::min<uint32_t>(from + piece, static_cast<uint32_t>(own.size()));
            scorer.add_piece(own.data() + from, from, end - from);
        }
        return scorer.key();
    }
};

class ScorerTest : public ::testing::TestWithParam<Metric> {};

TEST_P(ScorerTest, ATraversalKeyIsOffByTheRoundingOfItsBytes) {
    for (test::NodeForm form : test::kForms) {
        Example e(form, GetParam());
        const float key = e.scorer.out_of_line() ? e.from_pages(64) : e.from_slot();
        // |q - y|^2 of a y at most `error` away from x.
        const bool all_bits = form.own == VectorPlacement::Inline;
        const double error =
            fixed_error(all_bits ? e.stored.scale : 256.0f * e.stored.scale, e.layout.padded);
        const double distance =
            std::sqrt(std::max(0.0, e.exact_key() + e.stored.norm2 - e.query.shift));
        EXPECT_NEAR(key, e.exact_key(), 2.0 * distance * error + error * error + 1e-4);
        EXPECT_NE(key, 0.0f);
    }
}

TEST_P(ScorerTest, PagesGiveOneKeyHoweverTheyAreCut) {
    for (test::NodeForm form : test::kForms) {
        if (form.own != VectorPlacement::OutOfLine) continue;
        Example e(form, GetParam());
        const float whole = e.from_pages(e.layout.own_bytes());
        for (uint32_t piece : {64u, 192u})
            EXPECT_NEAR(e.from_pages(piece), whole, 1e-5f * std::fabs(whole) + 1e-5f);
    }
}

TEST_P(ScorerTest, AStoredVectorAndTheTwoPartsOfANodeHaveOneKey) {
    for (test::NodeForm form : test::kForms) {
        Example e(form, GetParam());
        const float stored = e.scorer.whole(e.stored);
        const auto error = static_cast<double>(stored_error(e.layout, e.stored.scale));
        const double distance =
            std::sqrt(std::max(0.0, e.exact_key() + e.stored.norm2 - e.query.shift));
        EXPECT_NEAR(stored, e.exact_key(), 2.0 * distance * error + error * error + 1e-4);
        if (e.layout.refinement.bytes == 0) continue;
        std::copy(e.refinement.begin(), e.refinement.end(), e.scorer.refinement());
        EXPECT_NEAR(e.scorer.whole(e.own.data(), e.stored.scale, e.stored.norm2), stored,
                    1e-5f * std::fabs(stored) + 1e-5f);
    }
}

INSTANTIATE_TEST_SUITE_P(Metrics, ScorerTest,
                         ::testing::Values(Metric::L2, Metric::InnerProduct, Metric::Cosine));

// Bits are never rounded: each form gives the number of bits that differ, as the metric counts.
TEST(ScorerBitTest, EveryFormGivesTheSameKey) {
    for (Metric metric : {Metric::Hamming, Metric::Jaccard}) {
        Example split(test::kBinarySplit, metric);
        Example pages(test::kBinaryOutOfLine, metric);
        const float want = split.fit.space().keys().bit_key(split.query.rotated.bits(),
                                                            split.own.data(), split.layout.padded);
        EXPECT_GT(want, 0.0f);
        EXPECT_EQ(split.from_slot(), want);
        EXPECT_EQ(split.scorer.whole(split.stored), want);
        EXPECT_EQ(pages.from_pages(16), want);
        EXPECT_EQ(pages.scorer.whole(pages.stored), want);
    }
}

}  // namespace
}  // namespace vectidx
