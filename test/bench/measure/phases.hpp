// The phases of a run on one data set. Each fills its part of every contender's result.
#pragma once

#include "measure/bench_index.hpp"

namespace bench {

// Loads all rows and builds an index over them, `build_repeats` times in turns.
void measure_build(const SetRun& run, std::vector<BenchIndex>& indexes);

// Searches these indexes at every setting of the options.
void measure_curves(const SetRun& run, std::vector<BenchIndex>& indexes);

// Deletes a part of the rows, searches, vacuums, searches again; the next part after that.
void measure_vacuum(const SetRun& run, std::vector<BenchIndex>& indexes);

// On an index over the first 80 % of the rows: inserts the others one by one, in turns of a tenth,
// and searches; then builds the index anew over the same rows and searches again.
void measure_insert(const SetRun& run);

// On an index over the first 80 % of the rows: COPY of the others, in turns of a quarter.
void measure_copy(const SetRun& run);

// On an index over the first 80 % of the rows: searches, one after the other, while `writers`
// sessions insert the others.
void measure_mixed(const SetRun& run);

// How many rows those three phases start with.
size_t rows_before_growth(const SetRun& run);

}  // namespace bench
