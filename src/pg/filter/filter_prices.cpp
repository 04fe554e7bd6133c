#include "pg/filter/filter_prices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pg/am/options.hpp"

namespace vectidx {

namespace {

// In expansions of a node, by measurement (docs/filters.md).
constexpr double kTableRow = 0.3;    // to see a row in the table, in the order of blocks,
constexpr double kRandomRow = 0.3;   // or at random,
constexpr double kMeasure = 0.1;     // and to measure its distance
constexpr double kListRow = 0.03;    // to put a row on the list, by an index
constexpr double kListStart = 10.0;  // to begin a list
constexpr double kPassRow = 0.02;    // of the table: to look at a row that does not pass
// In the planner's units: an entry of the directory that is looked at, and the code of one. What an
// expansion costs grows with the dimensions.
constexpr double kEntryUnits = 0.0012, kCodeUnits = 0.006;
// Rows that the query wants where nobody says.
constexpr double kUnknownRows = 10.0;

double bitmap_rows(const BitmapHeapPath* bitmap, const RelOptInfo* table) {
    Cost cost;
    Selectivity share;
    cost_bitmap_tree_node(bitmap->bitmapqual, &cost, &share);
    return std::max(1.0, share * table->tuples);
}

// By which factor the planner sees less than what the cheapest plan without the vector index and a
// sort cost, where TOAST is more of it than of a scan of the whole table: another index may
// leave few rows, side by side.
double share_seen(const RelOptInfo* table, const RowPrices& units) {
    double seen = std::numeric_limits<double>::infinity();
    ListCell* cell;
    foreach (cell, table->pathlist) {
        const auto* path = static_cast<const Path*>(lfirst(cell));
        const bool ordered =
            IsA(path, IndexPath) && reinterpret_cast<const IndexPath*>(path)->indexorderbys != NIL;
        // A parameterized path gives the rows of one outer row only.
        if (!ordered && !IsA(path, CustomPath) && path->param_info == nullptr)
            seen = std::min(seen, path->total_cost);
    }
    if (!std::isfinite(seen)) return units.seen;
    return std::min(units.seen, seen / (seen + units.toast * table->rows));
}

}  // namespace

double wanted_rows(const PlannerInfo* root) {
    return root->limit_tuples > 0.0 ? root->limit_tuples : kUnknownRows;
}

FilterPrices filter_prices(const RowPrices& units, const IndexPath* scan,
                           const BitmapHeapPath* bitmap) {
    const RelOptInfo* table = scan->indexinfo->rel;
    const double visit = std::max(1e-6, units.visit);
    const double quals = table->baserestrictcost.per_tuple / visit;
    FilterPrices prices;
    prices.nodes = std::max(1.0, table->tuples);
    prices.rows = std::clamp(table->rows, 1.0, prices.nodes);
    prices.listed = prices.rows;
    prices.list = 0.0;
    prices.test = kRandomRow + quals;
    if (bitmap != nullptr) {
        prices.listed = bitmap_rows(bitmap, table);
        prices.list = kListRow;
        prices.directory = units.directory;
        prices.entry = kEntryUnits / visit;
        prices.code = kCodeUnits / visit;
        prices.pass = kListStart;
    } else {
        prices.pass = kListStart + prices.nodes * (kPassRow + quals);
    }
    // Only rows that pass are measured.
    const double passing = std::min(1.0, prices.rows / prices.listed);
    prices.row = kTableRow + quals + passing * (kMeasure + units.toast / visit);
    return prices;
}

void set_filter_costs(const PlannerInfo* root, const RowPrices& units, const IndexPath* scan,
                      const BitmapHeapPath* bitmap, const FilterPrices& prices, Path* path) {
    const FilterRule rule(FilterRule::Mode::Auto, prices);
    const double wanted = std::min(wanted_rows(root), prices.rows);
    const double seen = share_seen(path->parent, units);
    const double visit = seen * units.visit;
    double startup = visit * std::min(rule.walk(wanted), rule.exact(prices.listed, wanted));
    // Where the rows are measured at once, a bitmap scan and a sort do the same for less.
    if (bitmap != nullptr && rule.start(wanted) == FilterRule::Choice::Rest &&
        !rule.by_codes(prices.listed, wanted))
        startup = std::max(startup, 1.1 * bitmap->path.total_cost);
    // All rows: a longer walk, until measuring them costs no more.
    const double all =
        visit * std::min(rule.walk(prices.rows), rule.exact(prices.listed, prices.rows));
    const double further = std::max(startup, all) - startup + seen * units.row * prices.rows;
    path->startup_cost = startup;
    path->total_cost = startup + unknown_limit(root, scan) * further;
    if (filter_mode() != FilterMode::Auto) {
        path->startup_cost = std::min(path->startup_cost, 0.99 * scan->path.startup_cost);
        path->total_cost = std::min(path->total_cost, 0.99 * scan->path.total_cost);
        return;
    }
#if PG_VERSION_NUM < 180000
    if (enable_indexscan) return;
    path->startup_cost += disable_cost;
    path->total_cost += disable_cost;
#endif
}

}  // namespace vectidx
