// Results of functions that return rows: one, or a set that is kept in a tuplestore.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The columns of the row that a function returns. ERROR invalid_function_definition when they are
// not `count`: an older version of the extension declared the function.
TupleDesc result_columns(FunctionCallInfo fcinfo, int count);

class RowSet {
  public:
    // ERROR feature_not_supported when the caller cannot take a set; else as result_columns().
    RowSet(FunctionCallInfo fcinfo, int columns);

    // values and nulls: one for each column.
    void add(const Datum* values, const bool* nulls);

  private:
    ReturnSetInfo* result_;
};

}  // namespace vectidx
