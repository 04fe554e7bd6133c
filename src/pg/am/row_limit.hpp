// Tells a scan how many rows the query wants of it.
//
// An access method is not told of the LIMIT above its scan, but the search for 100 rows is another
// than that for ten, repeated. So an executor hook finds the scans of vectidx indexes that a LIMIT
// takes its rows from, and gives them a look at it. Its number is known when the first row is
// fetched, whether it is a constant or a parameter.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Puts itself into ExecutorStart_hook. Called once, by _PG_init.
void watch_row_limits();

// Rows that the LIMIT wants, with those that its OFFSET skips; 0: not known.
uint32_t limited_rows(const LimitState* limit);

// Gives the scan its LIMIT, which lives as long, with the rows that nodes between the two read
// ahead; or the rows that somebody else wants (scan.cpp).
void set_row_limit(IndexScanDesc scan, const LimitState* limit, uint32_t read_ahead);
void set_row_limit(IndexScanDesc scan, uint32_t rows);

}  // namespace vectidx
