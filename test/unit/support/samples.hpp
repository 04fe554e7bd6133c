// Samples of a graph in memory, as pg/maintain/recalibrate.cpp takes them of one in pages.
#pragma once

#include <gtest/gtest.h>
#include <vector>

#include "core/construct/calibrate.hpp"

#include "support/graph.hpp"

namespace vectidx::test {

// All nodes of a store, with their vectors.
template <class Use>
void for_each_node(Graph& graph, Use use) {
    std::vector<int16_t> values(graph.layout().words);
    for (uint32_t i = 0; i < graph.rows().size(); ++i) {
        graph.rows().values(i, values.data());
        const Row& row = graph.rows().row(i);
        use(i, StoredVector{values.data(), row.scale, row.norm2, row.source_checksum, row.flags});
    }
}

inline void fill_samples(Graph& graph, Samples* samples) {
    for_each_node(graph, [&](NodeId id, const StoredVector& x) { samples->pick(id, x); });
    samples->close();
    for_each_node(graph, [&](NodeId id, const StoredVector& x) {
        EXPECT_EQ(samples->compare(id, x), Parallel::Done);
    });
    EXPECT_EQ(samples->finish(), Parallel::Done);
}

inline Calibration calibrated(Graph& graph) {
    MallocArena arena, scratch;
    Samples samples(graph.space(), graph.layout(), 2, kNoPoll, arena.arena());
    fill_samples(graph, &samples);
    Calibration result{};
    EXPECT_TRUE(calibrate(
        graph.store(), graph.space(), samples, arena.arena(), scratch.arena(),
        [&] { scratch.reset(); }, &result));
    return result;
}

}  // namespace vectidx::test
