#include "core/simd/tile_kernels.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <memory>

#include "support/data.hpp"
#include "support/simd.hpp"

namespace vectidx {
namespace {

using test::for_each_target;

template <class Value>
Value random_value(Random& random) {
    if constexpr (std::is_same_v<Value, float>)
        return static_cast<float>(test::gauss(random));
    else
        return static_cast<Value>(static_cast<int>(random.below(255)) - 127);
}

// Rows and columns with n values each, in blocks of exact size: AddressSanitizer sees any access
// beyond the end.
template <class Value>
struct Tile {
    std::vector<std::vector<Value>> rows, columns;
    std::unique_ptr<uint8_t[]> packed_rows, panel;
    size_t n;

    Tile(const TileForm<Value>& form, size_t n_, size_t row_count) : n(n_) {
        Random random(n + row_count);
        packed_rows.reset(new uint8_t[row_count * form.row_bytes(n)]);
        panel.reset(new uint8_t[form.panel_bytes(n)]);
        for (size_t i = 0; i < row_count; ++i) {
            rows.push_back(draw(random));
            form.pack_row(rows[i].data(), n, packed_rows.get() + i * form.row_bytes(n));
        }
        for (size_t j = 0; j < kPanelColumns; ++j) {
            columns.push_back(draw(random));
            form.pack_column(columns[j].data(), n, j, panel.get());
        }
    }
    std::vector<Value> draw(Random& random) const {
        std::vector<Value> v(n);
        for (Value& x : v)
            x = random_value<Value>(random);
        return v;
    }
    std::vector<float> compared(const TileForm<Value>& form) const {
        std::vector<float> out(rows.size() * kPanelColumns);
        form.compare(packed_rows.get(), rows.size(), panel.get(), n, out.data());
        return out;
    }
};

TEST(TileKernelsTest, GiveInnerProductsOfBytes) {
    for_each_target([] {
        const TileForm<int8_t>& form = tile_kernels().bytes;
        for (size_t n : {1u, 2u, 3u, 4u, 5u, 64u, 65u, 128u, 767u, 1024u})
            for (size_t count = 1; count <= kTileRows; ++count) {
                const Tile<int8_t> tile(form, n, count);
                const std::vector<float> out = tile.compared(form);
                for (size_t i = 0; i < count; ++i)
                    for (size_t j = 0; j < kPanelColumns; ++j) {
                        int64_t want = 0;
                        for (size_t k = 0; k < n; ++k)
                            want += tile.rows[i][k] * tile.columns[j][k];
                        ASSERT_EQ(out[i * kPanelColumns + j], static_cast<float>(want))
                            << n << " " << i << " " << j;
                    }
            }
    });
}

TEST(TileKernelsTest, TakeTheLargestBytes) {
    for_each_target([] {
        const TileForm<int8_t>& form = tile_kernels().bytes;
        for (int a : {-127, 127})
            for (int b : {-127, 127}) {
                const size_t n = 16000;
                const std::vector<int8_t> row(n, static_cast<int8_t>(a)),
                    column(n, static_cast<int8_t>(b));
                std::vector<uint8_t> packed(form.row_bytes(n)), panel(form.panel_bytes(n));
                form.pack_row(row.data(), n, packed.data());
                for (size_t j = 0; j < kPanelColumns; ++j)
                    form.pack_column(column.data(), n, j, panel.data());
                float out[kPanelColumns];
                form.compare(packed.data(), 1, panel.data(), n, out);
                const double want = static_cast<double>(a) * b * static_cast<double>(n);
                for (float got : out)
                    EXPECT_NEAR(static_cast<double>(got), want, std::fabs(want) * 1e-4);
            }
    });
}

TEST(TileKernelsTest, GiveSquaredDistancesOfFloats) {
    for_each_target([] {
        const TileForm<float>& form = tile_kernels().floats;
        for (size_t n : {1u, 3u, 16u, 33u, 64u})
            for (size_t count = 1; count <= kTileRows; ++count) {
                const Tile<float> tile(form, n, count);
                const std::vector<float> out = tile.compared(form);
                for (size_t i = 0; i < count; ++i)
                    for (size_t j = 0; j < kPanelColumns; ++j) {
                        double want = 0;
                        for (size_t k = 0; k < n; ++k)
                            want += std::pow(static_cast<double>(tile.rows[i][k]) -
                                                 static_cast<double>(tile.columns[j][k]),
                                             2);
                        ASSERT_NEAR(static_cast<double>(out[i * kPanelColumns + j]), want,
                                    1e-5 * want + 1e-9);
                    }
            }
    });
}

struct Edges {
    float values[kPanelColumns];
    uint32_t within;
};

Edges edges(bool dots, float limit) {
    Random random(3);
    const RowTerms row{1.5f, 0.01f, 3.0f, 0.25f, 2.0f, 0.5f};
    PanelTerms panel;
    Edges result{};
    for (size_t j = 0; j < kPanelColumns; ++j) {
        panel.norm2[j] = dots ? random_value<float>(random) : 0.0f;
        panel.step[j] = random_value<float>(random);
        panel.offset[j] = random_value<float>(random);
        panel.edge[j] = random_value<float>(random);
        result.values[j] = random_value<float>(random);
    }
    panel.norm2[7] = std::numeric_limits<float>::infinity();
    const auto kernel = dots ? tile_kernels().edges_of_dots : tile_kernels().edges_of_squares;
    result.within = kernel(result.values, row, panel, limit);
    return result;
}

TEST(TileKernelsTest, MakeTheSameEdgesOnEveryTarget) {
    for (bool dots : {false, true}) {
        const Edges want = edges(dots, 1.0f);
        EXPECT_NE(want.within, 0u);
        EXPECT_NE(want.within, UINT32_MAX);
        for_each_target([&] {
            for (float limit : {1.0f, want.values[3], std::numeric_limits<float>::max()}) {
                const Edges got = edges(dots, limit);
                for (size_t j = 0; j < kPanelColumns; ++j) {
                    EXPECT_EQ(got.values[j], want.values[j]) << j;
                    EXPECT_EQ((got.within >> j & 1) != 0, got.values[j] <= limit) << j;
                }
                EXPECT_EQ(got.within >> 7 & 1, 0u) << "a place without a column";
            }
        });
    }
}

}  // namespace
}  // namespace vectidx
