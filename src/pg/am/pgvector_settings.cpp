#include "pg/am/pgvector_settings.hpp"

#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace vectidx {

namespace {

// What ivfflat.probes maps to: the fewest candidates, and those for a look into all lists.
constexpr int kLeastEfSearch = 40, kMostEfSearch = 1000;

bool g_defined;
Setting<int> g_hnsw_ef_search, g_hnsw_max_scan_tuples;
Setting<double> g_hnsw_scan_mem_multiplier;
Setting<int> g_ivfflat_probes, g_ivfflat_max_probes;
int g_hnsw_iterative_scan;
int g_ivfflat_iterative_scan;  // read by nobody

constexpr int kOff = 0, kRelaxedOrder = 1, kStrictOrder = 2;
const config_enum_entry kHnswIterativeScans[] = {{"off", kOff, false},
                                                 {"relaxed_order", kRelaxedOrder, false},
                                                 {"strict_order", kStrictOrder, false},
                                                 {nullptr, 0, false}};
const config_enum_entry kIvfflatIterativeScans[] = {
    {"off", kOff, false}, {"relaxed_order", kRelaxedOrder, false}, {nullptr, 0, false}};

void reserve_prefix(const char* prefix) {
#if PG_VERSION_NUM >= 150000
    MarkGUCPrefixReserved(prefix);
#else
    EmitWarningsOnPlaceholders(prefix);
#endif
}

void define_hnsw_settings() {
    DefineCustomIntVariable("hnsw.ef_search",
                            "Sets the number of candidates that a search of an hnsw index keeps.",
                            "If it is not set, vectidx.target_recall applies.",
                            &g_hnsw_ef_search.value, 40, 1, 1000, PGC_USERSET, GUC_EXPLAIN,
                            check_setting<int>, assign_setting<int, &g_hnsw_ef_search>, nullptr);
    DefineCustomEnumVariable(
        "hnsw.iterative_scan", "Sets whether a scan omits rows that are out of order.",
        "Every scan is iterative; only strict_order makes a difference.", &g_hnsw_iterative_scan,
        kOff, kHnswIterativeScans, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hnsw.max_scan_tuples",
                            "Sets the maximum number of nodes that a scan of an hnsw index visits.",
                            nullptr, &g_hnsw_max_scan_tuples.value, 20000, 1, INT_MAX, PGC_USERSET,
                            GUC_EXPLAIN, check_setting<int>,
                            assign_setting<int, &g_hnsw_max_scan_tuples>, nullptr);
    DefineCustomRealVariable(
        "hnsw.scan_mem_multiplier",
        "Sets the memory of a scan of an hnsw index as a multiple of work_mem.",
        "If it is not set, vectidx.scan_mem_multiplier applies.", &g_hnsw_scan_mem_multiplier.value,
        1, 1, 1000, PGC_USERSET, GUC_EXPLAIN, check_setting<double>,
        assign_setting<double, &g_hnsw_scan_mem_multiplier>, nullptr);
    reserve_prefix("hnsw");
}

void define_ivfflat_settings() {
    DefineCustomIntVariable(
        "ivfflat.probes", "Sets the number of lists that a scan of an ivfflat index searches.",
        "Their share of all lists determines how many candidates the search keeps. If it is not "
        "set, vectidx.target_recall applies.",
        &g_ivfflat_probes.value, 1, kMinLists, kMaxLists, PGC_USERSET, GUC_EXPLAIN,
        check_setting<int>, assign_setting<int, &g_ivfflat_probes>, nullptr);
    DefineCustomEnumVariable("ivfflat.iterative_scan",
                             "Accepted for compatibility with pgvector; every scan is iterative.",
                             nullptr, &g_ivfflat_iterative_scan, kOff, kIvfflatIterativeScans,
                             PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "ivfflat.max_probes",
        "Sets the maximum number of lists that a scan of an ivfflat index searches.",
        "Their share of all lists determines the maximum number of nodes that the scan visits.",
        &g_ivfflat_max_probes.value, kMaxLists, kMinLists, kMaxLists, PGC_USERSET, GUC_EXPLAIN,
        check_setting<int>, assign_setting<int, &g_ivfflat_max_probes>, nullptr);
    reserve_prefix("ivfflat");
}

// A variable that is more than the placeholder of a SET before its library was loaded.
bool is_defined(const char* name) {
    return GetConfigOption(name, true, false) != nullptr &&
           (GetConfigOptionFlags(name, true) & GUC_CUSTOM_PLACEHOLDER) == 0;
}

bool server_has_pgvector() {
    char path[MAXPGPATH];
    return snprintf(path, sizeof(path), "%s/vector%s", pkglib_path, DLSUFFIX) <
               static_cast<int>(sizeof(path)) &&
           access(path, F_OK) == 0;
}

// Recall grows with the share of the lists as it does with the square of ef_search, roughly, and
// all lists are the exact answer.
int ef_search_of(int probes, int lists) {
    const double share = std::min(1.0, static_cast<double>(probes) / lists);
    return std::max(kLeastEfSearch, static_cast<int>(kMostEfSearch * std::sqrt(share)));
}

// pgvector looks into `probes` lists even where max_probes is less.
int max_nodes_of(int max_probes, int lists, double rows, int ef_search) {
    const double share = std::min(1.0, static_cast<double>(max_probes) / lists);
    return static_cast<int>(
        std::clamp(std::ceil(share * rows), static_cast<double>(ef_search), 2147483647.0));
}

}  // namespace

PgvectorSettings pgvector_settings(PgvectorMethod method, int lists, double rows) {
    PgvectorSettings result = {{0, PGC_S_DEFAULT}, {0, PGC_S_DEFAULT}, {0, PGC_S_DEFAULT}, false};
    if (!g_defined || method == PgvectorMethod::None) return result;
    if (method == PgvectorMethod::Hnsw) {
        // pgvector looks at ef_search candidates even where max_scan_tuples is less.
        Setting<int> most = g_hnsw_max_scan_tuples;
        most.value = std::max(most.value, g_hnsw_ef_search.value);
        return {g_hnsw_ef_search, most, g_hnsw_scan_mem_multiplier,
                g_hnsw_iterative_scan == kStrictOrder};
    }
    const int ef_search = ef_search_of(g_ivfflat_probes.value, lists);
    result.ef_search = {ef_search, g_ivfflat_probes.source};
    // As long as the number of rows is unknown, there is no share of them.
    if (rows > 0)
        result.max_scan_tuples = {max_nodes_of(g_ivfflat_max_probes.value, lists, rows, ef_search),
                                  g_ivfflat_max_probes.source};
    return result;
}

void define_pgvector_settings() {
    // To define a variable twice is an error, and would leave a library half loaded.
    if (g_defined || is_defined("hnsw.ef_search") || is_defined("ivfflat.probes")) return;
    define_hnsw_settings();
    define_ivfflat_settings();
    g_defined = true;
}

void define_pgvector_settings_at_load() {
    if (!server_has_pgvector()) define_pgvector_settings();
}

}  // namespace vectidx
