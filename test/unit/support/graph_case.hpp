// Cases of tests that run for several metrics and forms of nodes, and their graphs.
#pragma once

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>

#include "support/graph.hpp"

namespace vectidx::test {

struct GraphCase {
    Metric metric;
    uint32_t dims;
    NodeForm form;
    const char* name;
};

inline std::string case_name(const ::testing::TestParamInfo<GraphCase>& info) {
    return info.param.name;
}

// The vectors of a case and their graph.
struct Built {
    Vectors vectors, queries;
    Graph graph;
    Built(const GraphCase& c, size_t rows, size_t query_count)
        : vectors(clustered_for(c.metric, rows, c.dims, 1)),
          queries(clustered_for(c.metric, query_count, c.dims, 2)),
          graph(c.metric, vectors, with_form(c.dims, 12, c.form), {12, 80, 1}) {}
};

// Built once for all tests of a suite, which keeps them in `all`.
using BuiltGraphs = std::map<std::string, std::unique_ptr<Built>>;

inline Built& built(BuiltGraphs& all, const GraphCase& c, size_t rows, size_t query_count) {
    auto& one = all[c.name];
    if (one == nullptr) one = std::make_unique<Built>(c, rows, query_count);
    return *one;
}

}  // namespace vectidx::test
