// One engine's index over the first rows of the data set, in a table of its own or in memory.
#pragma once

#include "engine/bench_table.hpp"
#include "engine/target.hpp"
#include "measure/set_run.hpp"

namespace bench {

class BenchIndex {
  public:
    // REQUIRES: both outlive this object.
    BenchIndex(const SetRun& run, Contender& contender, const std::string& table_name);

    Contender& contender() { return *contender_; }
    Target& target() { return *target_; }    // REQUIRES: built
    BenchTable& table() { return *table_; }  // REQUIRES: not in memory

    // Puts the base rows [0, rows) into a new table, without an index.
    void load(size_t rows);
    // Builds the index over the rows in the table, in place of an earlier one. REQUIRES: loaded.
    BuildResult build(const IndexParameters& parameters);

  private:
    void build_in_memory(const IndexParameters& parameters);
    int64_t bytes();

    const SetRun* run_;
    Contender* contender_;
    size_t rows_ = 0;
    std::unique_ptr<BenchTable> table_;
    std::unique_ptr<Target> target_;
};

// One per contender that is still in the race.
std::vector<BenchIndex> make_indexes(const SetRun& run, const std::string& table_name);

// Loads and builds them, one engine after the other.
void load_and_build(const SetRun& run, std::vector<BenchIndex>& indexes, size_t rows,
                    const IndexParameters& parameters);

// Drops their tables; the memory goes with the indexes.
void drop_tables(std::vector<BenchIndex>& indexes);

// A checkpoint now, so that none of the server's own making falls into a measurement.
void checkpoint(const SetRun& run);

}  // namespace bench
