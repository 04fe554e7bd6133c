// The rows of a set-returning function, all kept in a tuplestore.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

class RowSet {
  public:
    // ERROR feature_not_supported when the caller cannot take a set.
    explicit RowSet(FunctionCallInfo fcinfo);

    // values and nulls: one for each column.
    void add(const Datum* values, const bool* nulls);

  private:
    ReturnSetInfo* result_;
};

}  // namespace vectidx
