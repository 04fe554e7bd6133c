// Changes of a data set that graph_bench makes before it builds graphs.
#pragma once

#include "data/data_set.hpp"

namespace bench {

// Takes random rows out of the base, to be the queries: none that an algorithm was tuned with.
void hold_out(DataSet& set, size_t count);
// Sorts the rows by the nearest of sqrt(rows) centers, as a table that is loaded topic by topic.
void sort_by_cluster(DataSet& set);
// Adds rows, spread over the others, that differ from one of these by less than a build can tell. A
// tenth of the queries then ask for them.
void add_near_equal(DataSet& set, size_t count);
// The rows from `first` on.
DataSet rows_from(const DataSet& set, size_t first, size_t count);

}  // namespace bench
