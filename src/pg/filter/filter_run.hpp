// A filter at work: what the scan asks (pg/am/scan_filter.hpp), answered by tests in the table, by
// a list of rows once there is one, and by the rule that chooses between the two.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/filter_rule.hpp"
#include "core/layout/row_list.hpp"

#include "pg/am/scan_filter.hpp"
#include "pg/filter/nearest_rows.hpp"
#include "pg/filter/plan_notes.hpp"
#include "pg/filter/row_tests.hpp"

namespace vectidx {

// What a filter did, over all rescans, for EXPLAIN.
struct FilterCounts {
    uint64_t walks = 0;       // searches of the graph,
    uint64_t expanded = 0;    // nodes that they expanded, as of their last look
    uint64_t exact = 0;       // searches that ended with all rows measured
    uint64_t measured = 0;    // rows
    uint64_t codes = 0;       // searches by codes,
    uint64_t candidates = 0;  // rows on the list, by nodes, that they looked at,
    uint64_t read = 0;        // and nodes that they read
    uint64_t table_tests = 0;
    uint64_t list_tests = 0;
    uint64_t lists = 0;        // that were made
    uint64_t listed = 0;       // rows on the last of them,
    uint64_t whole_pages = 0;  // and pages that it has as a whole
    size_t list_bytes = 0;
};

class FilterRun final : public ScanFilter {
  public:
    // `bitmap`: the node of the list, or nullptr. `context` lives as long.
    FilterRun(const PlanNotes& notes, IndexScanState* node, PlanState* bitmap,
              MemoryContext context);
    void end();
    // The list is not that of the next scan. Otherwise it is kept.
    void drop_list();

    FilterWay begin(double nodes, bool has_directory) override;
    FilterWay rest() override;
    const RowList* list() override;
    void searched(uint64_t candidates, uint32_t expanded) override;
    bool passes(const HeapTid& tid) override;
    bool goes_on(const FilterProgress& progress) override;
    void walked(uint32_t expanded) override;
    void begin_rows(IndexScanDesc scan, ScanKey order, double given, bool strict) override;
    bool next_row(HeapTid* tid, double* distance) override;

    const FilterCounts& counts() const { return counts_; }
    const PlanNotes& notes() const { return notes_; }
    bool has_bitmap() const { return bitmap_ != nullptr; }

  private:
    void make_list();
    void fill_list(TIDBitmap* bitmap);
    double rows_listed() const;
    bool codes_fit() const;

    PlanNotes notes_;
    FilterRule rule_;
    IndexScanState* node_;
    PlanState* bitmap_;
    bool bitmap_used_ = false;
    MemoryContext context_;
    MemoryContext list_context_;
    RowTests* tests_ = nullptr;
    RowList* list_ = nullptr;
    bool certain_ = false;  // its rows pass that are listed one by one
    MemoryContext rows_context_;
    NearestRows* rows_ = nullptr;
    FilterCounts counts_;
    uint64_t expanded_before_ = 0;
    bool by_codes_ = false;  // the search is one by codes
};

}  // namespace vectidx
