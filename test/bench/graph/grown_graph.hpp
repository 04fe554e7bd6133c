// A graph in memory of a data set's rows, in one of the states that an index comes to.
#pragma once

#include <memory>
#include <string>

#include "data/data_set.hpp"
#include "support/graph.hpp"

namespace bench {

enum class State {
    Built,     // of all rows at once
    Inserted,  // of 80 % of the rows, with the others inserted
    Churned,   // half of the rows inserted, as many others deleted
    Rebuilt,   // of the rows that are left then
};

State parse_state(const std::string& word);
const char* state_name(State state);

// Rows at the start of the set that are deleted in this state: a third, so that the second third is
// there from the start and the last one is inserted.
size_t deleted_rows(State state, size_t rows);

vectidx::Metric metric_of(Metric metric);
vectidx::test::Vectors vectors_of(const Matrix& matrix);

// Heap TIDs count from the first row of the set, and so do the rows of scans. hnswlib's lists are
// kept in the folder, if there is one, and taken from there the next time.
std::unique_ptr<vectidx::test::Graph> grown_graph(const DataSet& set, State state,
                                                  vectidx::test::BuildParams params,
                                                  const std::string& folder);

}  // namespace bench
