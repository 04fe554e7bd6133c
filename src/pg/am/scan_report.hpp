// What a scan did, for those who ask: EXPLAIN ANALYZE, and the message that a limit ended it early.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/search_limits.hpp"

namespace vectidx {

// Over all searches of a scan.
struct ScanReport {
    uint64 searches;   // begun: rescans, and starts after the graph was replaced, among them
    uint64 expanded;   // nodes
    uint64 refined;    // vectors that were read in full
    uint64 late;       // rows found too late to be in order
    uint64 aimed;      // searches by target_recall, not ef_search,
    double target;     // and what the last of them aimed at
    bool ended_early;  // and that was said
    bool watched;      // by EXPLAIN ANALYZE or the like
};

void add_search(const SearchCounters& counters, const SearchLimits& limits, ScanReport* report);

// Says that a limit ended a search of the scan: once for a scan, by a NOTICE where EXPLAIN ANALYZE
// watches it, else as DEBUG1.
void report_early_end(Relation index, ScanReport* report);

// Shows reports in EXPLAIN ANALYZE, from PostgreSQL 18 on. Called once, by _PG_init.
void explain_scans();

// The report of a scan of a vectidx index, up to now (scan.cpp).
ScanReport scan_report(IndexScanDesc scan);
// Says that EXPLAIN ANALYZE or the like watches the scan (scan.cpp).
void watch_scan(IndexScanDesc scan);

}  // namespace vectidx
