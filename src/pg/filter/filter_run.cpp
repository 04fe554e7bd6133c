#include "pg/filter/filter_run.hpp"

#include <new>

#include "core/graph/search_entries.hpp"

#include "pg/filter/bitmap_read.hpp"
#include "pg/memory.hpp"

namespace vectidx {

FilterRun::FilterRun(const PlanNotes& notes, IndexScanState* node, PlanState* bitmap,
                     MemoryContext context)
    : notes_(notes),
      rule_(notes.mode, notes.prices),
      node_(node),
      bitmap_(bitmap),
      context_(context),
      list_context_(AllocSetContextCreate(context, "vectidx filter list", ALLOCSET_DEFAULT_SIZES)),
      rows_context_(AllocSetContextCreate(context, "vectidx filter rows", ALLOCSET_DEFAULT_SIZES)) {
}

void FilterRun::end() {
    if (rows_ != nullptr) rows_->end();
    if (tests_ != nullptr) tests_->end();
    MemoryContextDelete(rows_context_);
    MemoryContextDelete(list_context_);
}

void FilterRun::drop_list() {
    list_ = nullptr;
    MemoryContextReset(list_context_);
}

FilterWay FilterRun::begin(double nodes, bool has_directory) {
    if (tests_ == nullptr) {
        const MemoryContext before = MemoryContextSwitchTo(context_);
        tests_ = new (palloc(sizeof(RowTests))) RowTests(node_);
        MemoryContextSwitchTo(before);
    }
    FilterPrices prices = notes_.prices;
    prices.nodes = nodes;
    prices.directory = has_directory && bitmap_ != nullptr;
    // The list of a scan before this one.
    if (list_ != nullptr) {
        prices.listed = rows_listed();
        prices.list = prices.pass = 0.0;
    }
    rule_ = FilterRule(notes_.mode, prices);
    if (list_ != nullptr) rule_.know(prices.listed);
    expanded_before_ = 0;
    by_codes_ = false;
    if (rule_.start(notes_.wanted) != FilterRule::Choice::Walk) return rest();
    ++counts_.walks;
    return FilterWay::Walk;
}

// The number of rows is known when the list is made.
FilterWay FilterRun::rest() {
    by_codes_ = list() != nullptr && rule_.by_codes(rows_listed(), notes_.wanted) && codes_fit();
    counts_.codes += by_codes_;
    return by_codes_ ? FilterWay::Codes : FilterWay::Table;
}

// Whether the search can hold a candidate for each row; also while it has the array twice.
bool FilterRun::codes_fit() const {
    return rows_listed() * 3.0 * sizeof(SearchCandidate) < 1024.0 * work_mem;
}

const RowList* FilterRun::list() {
    if (bitmap_ != nullptr && list_ == nullptr) make_list();
    return list_;
}

void FilterRun::searched(uint64_t candidates, uint32_t expanded) {
    counts_.candidates += candidates;
    counts_.read += expanded;
}

bool FilterRun::passes(const HeapTid& tid) {
    if (list_ != nullptr) {
        ++counts_.list_tests;
        if (!list_->contains(tid)) return false;
    }
    ++counts_.table_tests;
    const bool result = tests_->passes(tid);
    tests_->release();
    return result;
}

bool FilterRun::goes_on(const FilterProgress& progress) {
    if (by_codes_) return rule_.codes_go_on(progress);
    FilterRule::Choice choice = rule_.look(progress);
    if (choice == FilterRule::Choice::List) {
        if (bitmap_ == nullptr) return false;
        make_list();
        choice = rule_.look(progress);
    }
    return choice == FilterRule::Choice::Walk;
}

void FilterRun::walked(uint32_t expanded) {
    counts_.expanded += expanded - expanded_before_;
    expanded_before_ = expanded;
}

// Pages that count as a whole are taken to have as many rows as others.
double FilterRun::rows_listed() const {
    const BlockNumber blocks = RelationGetNumberOfBlocks(node_->ss.ss_currentRelation);
    const double per_page = notes_.prices.nodes / std::max(1.0, static_cast<double>(blocks));
    return static_cast<double>(list_->rows()) +
           per_page * static_cast<double>(list_->whole_pages());
}

void FilterRun::fill_list(TIDBitmap* bitmap) {
    const MemoryContext before = MemoryContextSwitchTo(list_context_);
    auto* arena = new (palloc(sizeof(Arena))) Arena(context_arena(list_context_));
    auto* list =
        new (palloc(sizeof(RowList))) RowList(*arena, size_t{1024} * static_cast<size_t>(work_mem));
    certain_ = notes_.covered;
    BitmapRead pages(bitmap);
    while (pages.next()) {
        CHECK_FOR_INTERRUPTS();
        if (pages.whole())
            list->add_whole_pages(pages.block(), 1);
        else
            list->add_page(pages.block(), pages.offsets(), pages.count());
        if (!pages.whole() && pages.doubtful()) certain_ = false;
    }
    pages.end();
    list->finish();
    list_ = list;
    MemoryContextSwitchTo(before);
}

void FilterRun::make_list() {
    // Access methods keep what they allocate for as long as the query.
    const MemoryContext before = MemoryContextSwitchTo(context_);
    if (bitmap_used_) ExecReScan(bitmap_);
    bitmap_used_ = true;
    Node* bitmap = MultiExecProcNode(bitmap_);
    if (bitmap == nullptr || !IsA(bitmap, TIDBitmap))
        elog(ERROR, "vectidx: the list of a filter is no bitmap");
    fill_list(reinterpret_cast<TIDBitmap*>(bitmap));
    tbm_free(reinterpret_cast<TIDBitmap*>(bitmap));
    MemoryContextSwitchTo(before);
    rule_.know(rows_listed());
    ++counts_.lists;
    counts_.listed = list_->rows();
    counts_.whole_pages = list_->whole_pages();
    counts_.list_bytes = list_->bytes();
}

void FilterRun::begin_rows(IndexScanDesc scan, ScanKey order, double given, bool strict) {
    if (bitmap_ != nullptr && list_ == nullptr) make_list();
    if (rows_ != nullptr) rows_->end();
    MemoryContextReset(rows_context_);
    const MemoryContext before = MemoryContextSwitchTo(rows_context_);
    rows_ = new (palloc(sizeof(NearestRows))) NearestRows(scan, order, tests_, list_, certain_);
    MemoryContextSwitchTo(before);
    rows_->begin(given, strict);
    ++counts_.exact;
}

bool FilterRun::next_row(HeapTid* tid, double* distance) {
    const uint64_t measured = rows_->measured();
    const bool found = rows_->next(tid, distance);
    counts_.measured += rows_->measured() - measured;
    return found;
}

}  // namespace vectidx
