// A filter that the node above a scan hands to it (pg/filter), and the rows that come from such a
// filter instead of the graph.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/filter.hpp"
#include "core/layout/row_list.hpp"
#include "core/layout/tids.hpp"

namespace vectidx {

// The name of the node.
constexpr const char* kFilterNode = "Vectidx Filter";

inline bool is_filter(const Plan* plan) {
    return IsA(plan, CustomScan) &&
           strcmp(reinterpret_cast<const CustomScan*>(plan)->methods->CustomName, kFilterNode) == 0;
}

// How a filtered scan finds its rows.
enum class FilterWay {
    Walk,   // through the graph, testing rows as it meets them
    Codes,  // by a list of rows and the codes in the index's directory: the nearest nodes are read
    Table,  // by measuring all rows in the table
};

class ScanFilter {
  public:
    // As the scan of a graph with so many nodes begins.
    virtual FilterWay begin(double nodes, bool has_directory) = 0;
    // After a walk that goes_on() ended, or that ended early: Codes or Table.
    virtual FilterWay rest() = 0;

    // Before a search by codes: the rows that pass, and perhaps others; nullptr when none can be
    // listed. It lives as long as the scan.
    virtual const RowList* list() = 0;
    // The search by codes has looked at so many rows' nodes, and has read so many more nodes than
    // when it was called last.
    virtual void searched(uint64_t candidates, uint32_t expanded) = 0;

    // Whether the row passes, as far as the scan's snapshot sees it.
    virtual bool passes(const HeapTid& tid) = 0;

    // See NodeFilter.
    virtual bool goes_on(const FilterProgress& progress) = 0;

    // The search has expanded so many nodes since it began.
    virtual void walked(uint32_t expanded) = 0;

    // Instead of the graph: all rows that pass, in the order of their distances by `order`, which
    // lives as long as the scan. Those nearer than `given` come last, or not at all where the order
    // is strict: rows so far have been returned already.
    virtual void begin_rows(IndexScanDesc scan, ScanKey order, double given, bool strict) = 0;
    virtual bool next_row(HeapTid* tid, double* distance) = 0;

  protected:
    ~ScanFilter() = default;
};

// Begins the scan of a node, as its first row would, so that it can be told more. Returns nullptr
// when it is none of an index of this access method by distance.
IndexScanDesc begin_ordered_scan(IndexScanState* node);

// Gives the scan its filter, which lives as long (scan.cpp).
void set_scan_filter(IndexScanDesc scan, ScanFilter* filter);

}  // namespace vectidx
