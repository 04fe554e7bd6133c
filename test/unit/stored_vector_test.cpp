// Encoding a vector for storage, its parts, and how exact each storage is.
#include "core/layout/stored_vector.hpp"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "core/simd/float_kernels.hpp"

#include "support/graph.hpp"

namespace vectidx {
namespace {

struct Encoded {
    NodeLayout layout;
    std::vector<float> x;
    std::vector<int16_t> values;
    float scale;
    std::vector<uint8_t> own, refinement;

    Encoded(const NodeLayout& l, std::vector<float> vector)
        : layout(l),
          x(std::move(vector)),
          values(l.words),
          scale(encode_values(l, VectorView(x.data()), values.data())),
          own(l.own_bytes()),
          refinement(l.refinement.bytes) {
        split_values(layout, values.data(), own.data(), refinement.data());
    }
    // What the parts say, in double precision.
    std::vector<double> decoded() const {
        std::vector<double> out(layout.padded);
        for (uint32_t j = 0; j < layout.padded; ++j) {
            double value = values[j];
            if (layout.storage() == Storage::Full)
                value += fine_values(layout, values.data())[j] / 256.0;
            out[j] = static_cast<double>(scale) * value;
        }
        return out;
    }
};

std::vector<float> gaussian(uint32_t n, uint64_t seed, double size) {
    Random random(seed);
    std::vector<float> x(n);
    for (float& value : x)
        value = static_cast<float>(size * test::gauss(random));
    return x;
}

double distance(const std::vector<float>& a, const std::vector<double>& b) {
    double sum = 0;
    for (size_t j = 0; j < a.size(); ++j)
        sum += std::pow(static_cast<double>(a[j]) - b[j], 2);
    return std::sqrt(sum);
}

NodeLayout layout_for(test::NodeForm form, uint32_t dims) {
    return test::layout_of(test::with_form(dims, 8, form));
}

TEST(StoredVectorTest, JoinsWhatItSplit) {
    for (test::NodeForm form : test::kForms)
        for (uint32_t dims : {1u, 100u, 700u}) {
            const NodeLayout layout = layout_for(form, dims);
            const Encoded e(layout, gaussian(layout.padded, dims, 1.0));
            std::vector<int16_t> joined(layout.words);
            join_values(layout, e.own.data(), e.refinement.data(), joined.data());
            EXPECT_EQ(joined, e.values);
        }
}

// Within the bound, and not far below what the bound must allow for.
TEST(StoredVectorTest, IsAsExactAsItSays) {
    for (test::NodeForm form : test::kForms)
        for (double size : {1e-20, 1.0, 1e15}) {
            const NodeLayout layout = layout_for(form, 700);
            for (uint64_t seed = 0; seed < 20; ++seed) {
                const Encoded e(layout, gaussian(layout.padded, seed, size));
                const auto bound = static_cast<double>(stored_error(layout, e.scale));
                EXPECT_LE(distance(e.x, e.decoded()), bound);
                EXPECT_GE(distance(e.x, e.decoded()), bound / 20);
            }
        }
    const Encoded zero(layout_for({VectorPlacement::Inline, Storage::Full}, 70),
                       std::vector<float>(128, 0.0f));
    EXPECT_EQ(distance(zero.x, zero.decoded()), 0.0);
}

TEST(StoredVectorTest, TwoVectorsThatShareTheirHighBytesAreEqualAsSq8) {
    const NodeLayout layout = layout_for(test::kCompact, 100);
    std::vector<float> x = gaussian(layout.padded, 1, 1.0);
    const Encoded a(layout, x);
    int equal = 0;
    for (uint32_t j = 0; j < layout.padded; ++j) {
        std::vector<float> y = x;
        y[j] *= 1.0001f;
        const Encoded b(layout, y);
        equal += a.values == b.values && a.scale == b.scale;
    }
    EXPECT_GT(equal, 100);
}

TEST(StoredVectorTest, MeasuresFromItsParts) {
    for (test::NodeForm form : test::kForms) {
        const NodeLayout layout = layout_for(form, 200);
        if (layout.refinement.bytes == 0) continue;
        const Encoded e(layout, gaussian(layout.padded, 1, 1.0));
        const std::vector<float> q = gaussian(layout.padded, 2, 1.0);
        const double exact = std::pow(distance(q, e.decoded()), 2);
        EXPECT_NEAR(
            distance2_to_parts(layout, q.data(), e.own.data(), e.refinement.data(), e.scale), exact,
            2e-6 * exact);
    }
}

TEST(StoredVectorTest, SteersByWhatStandsInTheSlot) {
    for (test::NodeForm form : test::kForms) {
        const NodeLayout layout = layout_for(form, 100);
        const Encoded e(layout, gaussian(layout.padded, 4, 1.0));
        std::vector<float> traversal(layout.padded);
        traversal_from_bytes(layout, e.own.data(), e.scale, VectorBuffer(traversal.data()));
        const double error = distance(e.x, {traversal.begin(), traversal.end()});
        const double size = std::sqrt(static_cast<double>(layout.padded));
        EXPECT_LT(error, (form.own == VectorPlacement::Inline ? 1e-4 : 0.012) * size);
    }
}

TEST(StoredVectorTest, KeepsBitStringsAsTheyAre) {
    Random random(1);
    for (test::NodeForm form : test::kBinaryForms)
        for (uint32_t dims : {1u, 64u, 100u, 8000u}) {
            const NodeLayout layout = layout_for(form, dims);
            std::vector<float> x(layout.padded);
            std::vector<uint8_t> bytes(layout.padded), got(layout.padded);
            for (uint8_t& byte : bytes)
                byte = static_cast<uint8_t>(random.below(256));
            std::memcpy(x.data(), bytes.data(), bytes.size());
            const Encoded e(layout, x);
            EXPECT_EQ(e.scale, kBitsScale);
            EXPECT_EQ(e.own, bytes);
            EXPECT_TRUE(e.refinement.empty());
            EXPECT_EQ(stored_step(layout, e.scale), 0.0f);
            EXPECT_EQ(stored_error(layout, e.scale), 0.0f);
            EXPECT_EQ(stored_deviation(layout, e.scale), 0.0f);
            std::vector<int16_t> joined(layout.words);
            join_values(layout, e.own.data(), nullptr, joined.data());
            EXPECT_EQ(joined, e.values);
            decode_values(layout, e.values.data(), e.scale, VectorBuffer(x.data()));
            std::memcpy(got.data(), x.data(), got.size());
            EXPECT_EQ(got, bytes);
            traversal_from_bytes(layout, e.own.data(), e.scale, VectorBuffer(x.data()));
            std::memcpy(got.data(), x.data(), got.size());
            EXPECT_EQ(got, bytes);
        }
}

TEST(StoredVectorTest, ChecksumSeesValuesAndScale) {
    std::vector<int16_t> v(64, 5);
    const uint32_t sum = vector_checksum(v.data(), 1.0f, 64);
    EXPECT_EQ(vector_checksum(v.data(), 1.0f, 64), sum);
    EXPECT_NE(vector_checksum(v.data(), 1.0000001f, 64), sum);
    v[63] = 6;
    EXPECT_NE(vector_checksum(v.data(), 1.0f, 64), sum);
}

}  // namespace
}  // namespace vectidx
