// A table (id int4, v vector) with one vector index, in an engine's database.
#pragma once

#include "data/data_set.hpp"
#include "engine/engine.hpp"
#include "server/connection.hpp"

namespace bench {

// COPY BINARY of rows [first, last) into a table (id int4, v vector); the row number is the id.
void copy_vectors(Connection& connection, const std::string& table, const Matrix& rows,
                  size_t first, size_t last);

// SQL: '[1,2,3]'::vector.
std::string vector_literal(std::span<const float> values);

class BenchTable {
  public:
    // REQUIRES: all arguments outlive this object.
    BenchTable(Connection& connection, const Engine& engine, const DataSet& set, std::string name);

    const std::string& name() const { return name_; }
    std::string index() const { return name_ + "_index"; }

    // Makes it anew, without an index.
    void create();
    void drop();
    // See copy_vectors(); of the base.
    void copy_rows(size_t first, size_t last);
    // Statistics and hint bits, as autovacuum would leave them; it is off for these tables.
    void analyze();
    // Drops the index first when there is one.
    void create_index(const IndexParameters& parameters);
    int64_t index_bytes();

    // Deletes the rows that is_deleted() names.
    void delete_percent(int percent);
    void vacuum();

  private:
    Connection& connection_;
    const Engine& engine_;
    const DataSet& set_;
    std::string name_;
};

// Which rows are gone after `percent` % were deleted: spread evenly over the row numbers, and those
// of a smaller percentage are among those of a larger one.
bool is_deleted(size_t row, int percent);

}  // namespace bench
