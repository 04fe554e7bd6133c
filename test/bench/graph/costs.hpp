// What searches of graphs cost at a recall.
#pragma once

#include <vector>

#include "data/ground_truth.hpp"
#include "support/graph.hpp"

namespace bench {

inline constexpr double kRecalls[] = {0.95, 0.99};

// Per query: nodes, and microseconds of CPU. 0: the recall was not reached.
struct Cost {
    double expanded, cpu;
};

struct Contestant {
    vectidx::test::Graph* graph;
    std::vector<Cost> costs;  // at kRecalls
};

// Asks each query of all graphs in turn, so that what else runs on the machine slows all of them.
// Row `first` of a graph is row 0 of the set; rows before it are deleted.
void measure_costs(const DataSet& set, const ExactDistance& distance, const GroundTruth& truth,
                   const vectidx::test::Vectors& rows, size_t first,
                   std::vector<Contestant>& contestants);

double cpu_seconds();

}  // namespace bench
