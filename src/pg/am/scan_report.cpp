#include "pg/am/scan_report.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"

namespace vectidx {

void add_search(const SearchCounters& counters, const SearchLimits& limits, ScanReport* report) {
    ++report->searches;
    report->expanded += counters.expanded;
    report->refined += counters.refined;
    report->late += counters.late;
    if (limits.calibration == nullptr) return;
    ++report->aimed;
    report->target = limits.target_recall;
}

void report_early_end(Relation index, ScanReport* report) {
    if (report->ended_early) return;
    report->ended_early = true;
    const SearchOptions options = search_options(index);
    const bool tuples = options.max_scan_tuples > 0, memory = options.scan_mem_multiplier > 0;
    ereport(
        report->watched ? NOTICE : DEBUG1,
        (errmsg("scan of index \"%s\" ended early", RelationGetRelationName(index)),
         errdetail("Nearest rows may be missing, and rows beyond a LIMIT that it could not fill."),
         errhint("Raise %s, or set it to 0 for no limit.",
                 tuples && memory ? "vectidx.max_scan_tuples or vectidx.scan_mem_multiplier"
                 : tuples         ? "vectidx.max_scan_tuples"
                                  : "vectidx.scan_mem_multiplier")));
}

#if PG_VERSION_NUM >= 180000

namespace {

explain_per_node_hook_type g_next_hook;

const IndexScanState* own_scan(const PlanState* node) {
    if (!IsA(node, IndexScanState)) return nullptr;
    const auto* scan = reinterpret_cast<const IndexScanState*>(node);
    const bool own = scan->iss_RelationDesc != nullptr && scan->iss_ScanDesc != nullptr &&
                     scan->iss_RelationDesc->rd_indam->ambuild == vectidx_build;
    return own ? scan : nullptr;
}

extern "C" {
static void explain_node(PlanState* node, List* ancestors, const char* relationship,
                         const char* name, ExplainState* es) {
    if (g_next_hook != nullptr) g_next_hook(node, ancestors, relationship, name, es);
    const IndexScanState* scan = es->analyze ? own_scan(node) : nullptr;
    if (scan == nullptr) return;
    const ScanReport report = scan_report(scan->iss_ScanDesc);
    if (report.searches == 0) return;
    ExplainPropertyUInteger("Nodes Visited", nullptr, report.expanded, es);
    if (report.refined > 0) ExplainPropertyUInteger("Vectors Read", nullptr, report.refined, es);
    if (report.late > 0) ExplainPropertyUInteger("Rows Found Late", nullptr, report.late, es);
    if (report.aimed > 0) ExplainPropertyFloat("Target Recall", nullptr, report.target, 3, es);
    if (report.ended_early) ExplainPropertyBool("Ended Early", true, es);
}
}

}  // namespace

void explain_scans() {
    g_next_hook = explain_per_node_hook;
    explain_per_node_hook = explain_node;
}

#else

void explain_scans() {}

#endif

}  // namespace vectidx
