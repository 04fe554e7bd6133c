// What a scan keeps between its rows, and how its search begins (scan_start.cpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/tid_set.hpp"

#include "pg/am/active_search.hpp"
#include "pg/am/node_rows.hpp"
#include "pg/am/row_limit.hpp"
#include "pg/am/scan_bound.hpp"
#include "pg/am/scan_report.hpp"
#include "pg/am/table_rows.hpp"
#include "pg/pages/tid_chain.hpp"

namespace vectidx {

static_assert(std::is_trivially_destructible_v<ActiveSearch<>>);

class ArrayScan;

struct ScanState {
    MemoryContext context;    // of one search; reset by rescan
    ActiveSearch<>* active;   // nullptr before the first row
    ArrayScan* arrays;        // in its place, where the index is over arrays
    TidSet* pending;          // rows that were on the pending list, and may since be in the graph
    const LimitState* limit;  // that takes its rows, or nullptr,
    uint32_t read_ahead;      // with those that nodes between the two read ahead,
    uint32_t limited;         // where the rows that are wanted are known otherwise; 0: they are not
    ScanFilter* filter;       // of the node above it, or nullptr,
    NodeRows* node_rows;      // the same for the search,
    bool filtered;            // whether it counts for this query,
    bool exact;               // and whether its own rows come instead of the graph's,
    bool listed;              // or the search knows the nodes of its rows by their codes;
    uint32_t listed_nodes;    // nodes that such a search has read, as far as the filter was told
    float given_low;          // the largest lower bound, as a key, of a row that was given
    MemoryContext kept;       // of what stays when the search has to start again:
    TidSet* given;            // rows given already,
    size_t most_given;        // which take no more bytes than this
    bool restarted;           // since the first row
    bool strict_order;
    double last;      // no row that the executor has returned is farther
    TableRows* rows;  // of an index of embeddings, made for the first row
    RowDistances distances;
    ScanKeyData order;  // the distance, and the value from which it is measured,
    bool null_query;    // or that is NULL: any order will do
    ScanBound bound;
    float within;  // the bound, as a key; the scan ends where all that is left is farther
    bool ended;
    ScanReport report;   // without that of the active search
    SearchResult found;  // the node whose rows are being given,
    uint32_t next_tid;   // and where in it
    ChainPosition chain;
    uint32_t chain_count;
    HeapTid chain_tids[kTidsPerSlot];
};

inline ScanState* state_of(IndexScanDesc scan) {
    return static_cast<ScanState*>(scan->opaque);
}

// The rows that are wanted; 0: not known.
inline uint32_t rows_wanted(const ScanState* s) {
    if (s->limit == nullptr) return s->limited;
    const uint32_t rows = limited_rows(s->limit);
    return rows == 0 ? 0 : rows + s->read_ahead;
}

// Starts the search; again when the pending list was merged while it was read. Or takes the rows of
// the filter instead.
void start_search(IndexScanDesc scan, ScanState* s);

// Reads the scan's query, in the memory that stays.
void read_query(IndexScanDesc scan, ScanState* s);

// Lets the scan look at rows, for as long as it lives.
void open_table(IndexScanDesc scan, ScanState* s);

// Turns from the graph to the rows of the filter. Those that were given do not come again.
void take_filter_rows(IndexScanDesc scan, ScanState* s);

// Turns from a search that has ended to another way. REQUIRES: nothing of that search is in use.
void take_rest(IndexScanDesc scan, ScanState* s, FilterWay way);

}  // namespace vectidx
