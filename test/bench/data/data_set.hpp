// A data set: base rows to index, queries to ask, and the metric that ranks them.
#pragma once

#include "data/matrix.hpp"

namespace bench {

// Where a data set comes from: two files, or a built-in generator when `generator` is not empty.
struct DataSetSpec {
    std::string name;
    Metric metric = Metric::kL2;
    std::string base_file;
    std::string query_file;
    std::string generator;
    size_t rows = 0;  // generated rows; for files: read at most so many, 0 = all
    size_t dims = 0;  // generated dimensions
};

struct DataSet {
    std::string name;
    Metric metric = Metric::kL2;
    Matrix base;
    Matrix queries;
    size_t k = 10;  // rows that each query asks for
};

// "name=sift,base=FILE,query=FILE,metric=l2[,limit=N]"
DataSetSpec parse_file_spec(const std::string& text);
// "KIND:ROWS:DIMS[:METRIC]"
DataSetSpec parse_synthetic_spec(const std::string& text);

// Reads or generates it. Row and query limits of 0 mean all; a generator makes 1,000 queries then.
// Throws std::runtime_error when a file is unreadable or the two files' dimensions differ.
DataSet load_data_set(const DataSetSpec& spec, size_t row_limit, size_t query_limit, uint64_t seed);

}  // namespace bench
