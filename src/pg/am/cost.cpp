// What a scan costs, for the planner.
//
// A search expands about as many nodes whatever the table's size; each is one page. Calibration
// knows how many for ten rows; a query that fetches more, because of its LIMIT or because a filter
// throws rows away, needs proportionally more. Without an order, or where nothing ends the scan
// early, the index is no use, and its cost says so.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cmath>

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/pages/index_state.hpp"

namespace vectidx {

namespace {

// Pages that the first batch of a search reads, and rows that it gives.
struct Batch {
    double pages;
    double rows;
};

Batch first_batch(Relation index) {
    const MetaHeader& h = index_state(index).meta().header;
    const SearchOptions options = search_options(index);
    // Of embeddings, some hundred candidates are read in the table, too.
    const bool embedded = h.embedding_error > 0.0f;
    const double per_candidate = embedded ? 2.0 : 1.0;
    // An expansion per candidate kept, and some on the way.
    if (options.ef_search > 0)
        return {per_candidate * (10.0 + 2.5 * options.ef_search),
                static_cast<double>(options.ef_search)};
    const StopRule rule = stop_rule(h.calibration, options.target_recall, 10);
    return {per_candidate * (embedded ? 200.0 : 10.0 + static_cast<double>(rule.hops)), 10.0};
}

}  // namespace

extern "C" void vectidx_cost_estimate(PlannerInfo* root, IndexPath* path, double loop_count,
                                      Cost* startup_cost, Cost* total_cost,
                                      Selectivity* selectivity, double* correlation,
                                      double* pages) {
    // Without ORDER BY a scan would walk the whole graph to no purpose.
    if (path->indexorderbys == NIL) {
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
    Relation index = index_open(path->indexinfo->indexoid, NoLock);
    const Batch batch = first_batch(index);
    index_close(index, NoLock);

    GenericCosts costs{};
    genericcostestimate(root, path, loop_count, &costs);
    const double tuples = std::max(1.0, path->indexinfo->tuples);
    const double all_pages = std::max(1.0, static_cast<double>(path->indexinfo->pages));

    double page_cost, seq_page_cost_unused;
    get_tablespace_page_costs(path->indexinfo->reltablespace, &page_cost, &seq_page_cost_unused);
    // Estimates are a few operations for each of some thirty neighbors.
    const double cost_per_page = page_cost + 32 * cpu_operator_cost + cpu_index_tuple_cost;
    const double startup_pages = std::min(batch.pages, all_pages);
    const double pages_per_row = batch.pages / batch.rows;

    *startup_cost = costs.indexStartupCost + startup_pages * cost_per_page;
    // All rows, should nothing end the scan: each node once, at least.
    const double total_pages = std::max(all_pages, tuples * std::min(1.0, pages_per_row));
    *total_cost = *startup_cost + (total_pages + tuples * 0.5) * cost_per_page;
    *selectivity = costs.indexSelectivity;
    *correlation = 0;
    *pages = costs.numIndexPages;
}

}  // namespace vectidx
