// What a scan costs, for the planner.
//
// A search visits about as many nodes for its first rows whatever the table's size; calibration
// knows how many. Each further row takes one more visit. Both are priced in the planner's units by
// measurement (test/bench/plan_bench.cpp), as CPU: what a visit reads is mostly in memory.
//
// Two of the planner's assumptions are not ours. It believes that an unknown LIMIT and a cursor
// take a tenth of the table, while whoever orders by distance wants some rows. And it knows nothing
// of the work that TOAST is to a sort, so the scan is made cheaper by as much as the sort is too
// cheap.
#include "pg/postgres.hpp"

#include "pg/am/cost.hpp"

#include <algorithm>
#include <cmath>

#include "core/layout/directory.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/bound_selectivity.hpp"
#include "pg/am/options.hpp"
#include "pg/am/scan_limits.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

// In the planner's units of a page read in sequence; such a unit was 3 to 5 microseconds of CPU.
constexpr double kScanCost = 3.0;            // of a scan, whatever it finds
constexpr double kVisitCost = 0.35;          // of a node: estimates for some thirty neighbors,
constexpr double kVisitCostPerDim = 0.0006;  // and the distance to its own vector
constexpr double kRowCost = 2.4;             // of a row: put in order, and fetched at random
constexpr double kRowCostPerDim = 0.008, kMaxRowCost = 4.6;
constexpr double kBatchRowCost = 1.0;  // of a row of the first batch
// A row of an index that holds sketches only is read in the table before it is put in order.
constexpr double kSketchCandidates = 200.0;
// An index over arrays: a query and a row have so many vectors where nothing tells. So many rows
// are measured in the table, at what PostgreSQL takes for the operator's price (COST 1000).
constexpr double kQueryVectors = 32.0, kRowVectors = 50.0, kMeasuredRows = 60.0;
constexpr double kArrayOperators = 1000.0;
// Of a vector in TOAST, to one who sorts by distance: an index scan, and chunks.
constexpr double kToastCost = 0.5, kToastCostPerChunk = 0.15, kToastChunk = 1996.0;
// Rows that are read where nobody says how many.
constexpr double kUnknownRows = 50.0;
// No cheaper plan is worse than one that ends too early. Less than what a plan that is disabled
// costs.
constexpr double kTooFewRows = 1e9;

struct Prices {
    double startup;  // for the first row
    double row;      // for each further one
    double visit;    // of a node
    double max_rows;
    double value_bytes;  // of an indexed value, uncompressed
    bool directory = false;
};

double bytes_of_value(const MetaHeader& h) {
    const double dims = value_dims(h);
    switch (h.element_type) {
        case 2:
            return 2.0 * dims;
        case 3:
            return 0.0;  // not known from the dimensions
        case 4:
            return dims / 8.0;
        case 5:
            return 4.0 * dims * kRowVectors;
        case 6:
            return 2.0 * dims * kRowVectors;
        default:
            return 4.0 * dims;
    }
}

// What a node's page costs that is not in memory.
double read_cost(IndexPath* path) {
    double random_page, sequential_page;
    get_tablespace_page_costs(path->indexinfo->reltablespace, &random_page, &sequential_page);
    const double pages = static_cast<double>(path->indexinfo->pages) +
                         static_cast<double>(path->indexinfo->rel->pages);
    const double cached = std::min(1.0, effective_cache_size / std::max(1.0, pages));
    return random_page * (1.0 - cached);
}

// `visit`: the price of one.
Prices array_prices(const MetaHeader& h, const SearchOptions& options, double visit) {
    double visits = 10.0 + 2.5 * options.ef_search;
    if (options.ef_search == 0)
        visits = 10.0 +
                 static_cast<double>(stop_rule(h.calibration, kProbeRecall, kFirstProbeRows).hops);
    Prices result;
    result.visit = visit;
    result.row = kRowCost + kArrayOperators * cpu_operator_cost;
    result.startup = kScanCost + kQueryVectors * visits * visit + kMeasuredRows * result.row;
    result.max_rows = options.max_scan_tuples > 0 ? options.max_scan_tuples : 1e300;
    result.value_bytes = bytes_of_value(h);
    return result;
}

Prices prices_of(IndexPath* path) {
    Relation index = index_open(path->indexinfo->indexoid, NoLock);
    const IndexState& state = index_state(index);
    const MetaHeader& h = state.meta().header;
    const bool directory = directory_layout(h, state.layout).per_page > 0;
    const SearchOptions options = search_options(index);
    const bool sketches = h.embedding_error > 0.0f;
    const double dims = h.choice.dims;
    const double visit = kVisitCost + kVisitCostPerDim * dims + read_cost(path);
    if (has_arrays(h)) {
        const Prices result = array_prices(h, options, visit);
        index_close(index, NoLock);
        return result;
    }
    const double order = std::min(kRowCost + kRowCostPerDim * dims, kMaxRowCost);
    // An expansion per candidate kept, and some on the way.
    double visits = 10.0 + 2.5 * options.ef_search;
    if (options.ef_search == 0)
        visits =
            10.0 + static_cast<double>(stop_rule(h.calibration, options.target_recall, 10).hops);
    if (sketches) visits += kSketchCandidates;
    visits = std::min(visits, std::max(1.0, path->indexinfo->tuples));
    Prices result;
    result.visit = visit;
    result.row = visit + order;
    // The price of a row has one visit and the order, which the first batch gives for less.
    const double batch = std::min(10.0, visits);
    result.startup = kScanCost + std::max(0.3 * visits * visit,
                                          visits * visit - batch * (result.row - kBatchRowCost));
    if (sketches) result.startup += visits * kRowCost;
    result.max_rows = options.max_scan_tuples > 0 ? options.max_scan_tuples : 1e300;
    result.value_bytes = bytes_of_value(h);
    result.directory = directory;
    index_close(index, NoLock);
    return result;
}

// A condition that is not made of a query's own bound (pg/am/bound_paths.hpp) is none for the scan.
bool can_run(const IndexPath* path) {
    ListCell* cell;
    foreach (cell, path->indexclauses)
        if (!lfirst_node(IndexClause, cell)->lossy) return false;
    return path->indexorderbys != NIL || path->indexclauses != NIL;
}

// Whether the column's values are out of line. ANALYZE counts only what is left in the row.
bool toasted(const RangeTblEntry* table, AttrNumber column, double bytes) {
    const int32 width = get_attavgwidth(table->relid, column);
    if (width > 0) return 2.0 * width < bytes;
    HeapTuple tuple =
        SearchSysCache2(ATTNUM, ObjectIdGetDatum(table->relid), Int16GetDatum(column));
    if (!HeapTupleIsValid(tuple)) return false;
    const char storage = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attstorage;
    ReleaseSysCache(tuple);
    return bytes > TOAST_TUPLE_THRESHOLD &&
           (storage == TYPSTORAGE_EXTERNAL || storage == TYPSTORAGE_EXTENDED);
}

// Of reading one indexed value where it is out of line.
double toast_price(PlannerInfo* root, IndexPath* path, double bytes) {
    const RelOptInfo* table = path->indexinfo->rel;
    Bitmapset* columns = nullptr;
    if (path->indexinfo->indexkeys[0] != 0)
        columns =
            bms_make_singleton(path->indexinfo->indexkeys[0] - FirstLowInvalidHeapAttributeNumber);
    else
        pull_varattnos(reinterpret_cast<Node*>(path->indexinfo->indexprs), table->relid, &columns);
    const RangeTblEntry* entry = planner_rt_fetch(table->relid, root);
    double per_row = 0.0;
    for (int at = -1; (at = bms_next_member(columns, at)) >= 0;)
        if (toasted(entry, static_cast<AttrNumber>(at + FirstLowInvalidHeapAttributeNumber), bytes))
            per_row = kToastCost + kToastCostPerChunk * std::ceil(bytes / kToastChunk);
    return per_row;
}

// By which factor the planner sees less than what a scan of the whole table and a sort cost.
// `toast`: see toast_price().
double sort_share_seen(const IndexPath* path, double toast) {
    const RelOptInfo* table = path->indexinfo->rel;
    // A bound is a filter to a sequential scan: it compares every row.
    const double detoasted = path->indexclauses != NIL ? table->tuples : table->rows;
    const double compared = 1.0 + 2.0 * std::log2(std::max(2.0, table->rows));
    const double seen = seq_page_cost * table->pages + cpu_tuple_cost * table->tuples +
                        cpu_operator_cost * compared * table->rows;
    return seen / (seen + toast * detoasted);
}

// The scan would be asked for more rows than it gives.
bool gives_too_few(PlannerInfo* root, double rows, double max_rows) {
    return root->parse->limitCount == nullptr && root->tuple_fraction < 1.0 && rows > max_rows;
}

}  // namespace

RowPrices row_prices(PlannerInfo* root, IndexPath* path) {
    const Prices prices = prices_of(path);
    const double toast = toast_price(root, path, prices.value_bytes);
    return {prices.visit, prices.row, toast, prices.directory, sort_share_seen(path, toast)};
}

// The share that the planner takes costs what a usual number of rows costs.
double unknown_limit(const PlannerInfo* root, const IndexPath* path) {
    if (!(root->tuple_fraction > 0.0 && root->tuple_fraction < 1.0)) return 1.0;
    const double rows = path->path.param_info != nullptr ? path->path.param_info->ppi_rows
                                                         : path->indexinfo->rel->rows;
    return std::min(1.0, kUnknownRows / std::max(1.0, root->tuple_fraction * rows));
}

extern "C" void vectidx_cost_estimate(PlannerInfo* root, IndexPath* path, double loop_count,
                                      Cost* startup_cost, Cost* total_cost,
                                      Selectivity* selectivity, double* correlation,
                                      double* pages) {
    // Without order and bound a scan would walk the whole graph to no purpose.
    if (!can_run(path)) {
        *startup_cost = get_float8_infinity();
        *total_cost = get_float8_infinity();
#if PG_VERSION_NUM >= 180000
        // What is disabled counts before costs: this shall lose to a disabled sequential scan.
        path->path.disabled_nodes = 2;
#endif
        *selectivity = 0;
        *correlation = 0;
        *pages = 0;
        return;
    }
    const Prices prices = prices_of(path);
    GenericCosts costs{};
    genericcostestimate(root, path, loop_count, &costs);
    double selected = costs.indexSelectivity;
    if (path->indexclauses != NIL) selected = std::min(selected, bound_selectivity(path));
    const double rows = std::max(1.0, path->indexinfo->tuples * selected);
    const double seen = sort_share_seen(path, toast_price(root, path, prices.value_bytes));
    const double startup = costs.indexStartupCost + seen * prices.startup;
    double further = seen * prices.row * unknown_limit(root, path) * rows;
    if (gives_too_few(root, rows, prices.max_rows)) further += kTooFewRows;
    *startup_cost = startup;
    *total_cost = startup + further;
    *selectivity = selected;
    *correlation = 0;
    *pages = costs.numIndexPages;
}

}  // namespace vectidx
