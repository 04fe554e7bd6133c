#include "pg/am/options.hpp"

#include <algorithm>
#include <cstddef>

#include "core/layout/calibration.hpp"
#include "core/layout/meta.hpp"

#include "pg/am/pgvector_settings.hpp"
#include "pg/am/setting_source.hpp"

namespace vectidx {

namespace {

constexpr int kDefaultM = 16;
constexpr int kMinEfConstruction = 4, kDefaultEfConstruction = 200;
constexpr int kMaxEfSearch = 10000;
constexpr int kDefaultThreshold = 256;
constexpr int kDefaultRebuildPct = 30;
constexpr double kDefaultRecall = 0.95;
constexpr double kDefaultAlpha = 1.2;

struct Settings {
    int m;
    int ef_construction;
    int parallel_insert_threshold;
    int tombstone_rebuild_pct;
    int background_threads;
    bool background_worker;
    bool strict_order;
    int filter;
};
Settings g_settings;

// These settings also record the source of their value, which decides precedence.
Setting<int> g_ef_search, g_max_scan_tuples;
Setting<double> g_target_recall, g_scan_mem_multiplier;

relopt_kind g_relopt_kind, g_ivfflat_relopt_kind;

// The values of a preset.
struct PresetValues {
    int m, ef_construction, ef_search;
};
constexpr PresetValues kPresets[] = {
    {kNotGiven, kNotGiven, kNotGiven}, {32, 400, 200}, {8, 100, 40}};

relopt_enum_elt_def g_preset_members[] = {{"none", static_cast<int>(Preset::None)},
                                          {"high_recall", static_cast<int>(Preset::HighRecall)},
                                          {"fast", static_cast<int>(Preset::Fast)},
                                          {nullptr, 0}};

relopt_enum_elt_def g_storage_members[] = {{"full", static_cast<int>(Storage::Full)},
                                           {"half", static_cast<int>(Storage::Half)},
                                           {"sq8", static_cast<int>(Storage::Sq8)},
                                           {nullptr, 0}};

relopt_enum_elt_def g_algorithm_members[] = {{"hnsw", static_cast<int>(Algorithm::Hnsw)},
                                             {"vamana", static_cast<int>(Algorithm::Vamana)},
                                             {"leaves", static_cast<int>(Algorithm::Leaves)},
                                             {nullptr, 0}};

const config_enum_entry kFilterModes[] = {{"auto", static_cast<int>(FilterMode::Auto), false},
                                          {"off", static_cast<int>(FilterMode::Off), false},
                                          {"walk", static_cast<int>(FilterMode::Walk), false},
                                          {"brute", static_cast<int>(FilterMode::Brute), false},
                                          {"codes", static_cast<int>(FilterMode::Codes), false},
                                          {nullptr, 0, false}};

void define_build_settings() {
    DefineCustomIntVariable("vectidx.m", "Sets the number of neighbors of a new node.",
                            "A node can have up to twice as many.", &g_settings.m, kDefaultM, kMinM,
                            kMaxM, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "vectidx.ef_construction", "Sets the number of candidates for the neighbors of a new node.",
        nullptr, &g_settings.ef_construction, kDefaultEfConstruction, kMinEfConstruction,
        kMaxEfConstruction, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("vectidx.parallel_insert_threshold",
                            "Sets the minimum number of rows for a build with several threads.",
                            "The number of threads is 1 + max_parallel_maintenance_workers, but at "
                            "most the number of processors.",
                            &g_settings.parallel_insert_threshold, kDefaultThreshold, 1, INT_MAX,
                            PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "vectidx.tombstone_rebuild_pct",
        "Sets the percentage of deleted nodes at which VACUUM rebuilds a graph.",
        "VACUUM also rebuilds a graph in which a whole region was deleted. 100 disables rebuilds.",
        &g_settings.tombstone_rebuild_pct, kDefaultRebuildPct, 1, 100, PGC_USERSET, GUC_EXPLAIN,
        nullptr, nullptr, nullptr);
}

void define_background_settings() {
    DefineCustomIntVariable(
        "vectidx.background_threads",
        "Sets the number of threads for rebuilds, merges and calibrations in the background.",
        "Applies to autovacuum and to the background workers of vectidx.",
        &g_settings.background_threads, 1, 1, 256, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr,
        nullptr);
    DefineCustomBoolVariable(
        "vectidx.background_worker",
        "Lets INSERT start a background worker for the maintenance of an index.",
        "If it is off or no worker is free, INSERT merges a few rows itself.",
        &g_settings.background_worker, true, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
}

void define_search_settings() {
    DefineCustomIntVariable("vectidx.ef_search",
                            "Sets the number of candidates that a search keeps.",
                            "0 uses the number that vectidx.target_recall requires.",
                            &g_ef_search.value, 0, 0, kMaxEfSearch, PGC_USERSET, GUC_EXPLAIN,
                            check_setting<int>, assign_setting<int, &g_ef_search>, nullptr);
    DefineCustomRealVariable(
        "vectidx.target_recall", "Sets the recall@10 that index searches aim for.",
        "Used when vectidx.ef_search is 0.", &g_target_recall.value, kDefaultRecall,
        kMinTargetRecall, kMaxTargetRecall, PGC_USERSET, GUC_EXPLAIN, check_setting<double>,
        assign_setting<double, &g_target_recall>, nullptr);
    DefineCustomIntVariable("vectidx.max_scan_tuples",
                            "Sets the maximum number of nodes that a scan visits.",
                            "0 sets no limit: a scan continues until the query has its rows.",
                            &g_max_scan_tuples.value, 0, 0, INT_MAX, PGC_USERSET, GUC_EXPLAIN,
                            check_setting<int>, assign_setting<int, &g_max_scan_tuples>, nullptr);
    DefineCustomRealVariable(
        "vectidx.scan_mem_multiplier", "Sets the memory of a scan as a multiple of work_mem.",
        "0 sets no limit.", &g_scan_mem_multiplier.value, 0, 0, 1000, PGC_USERSET, GUC_EXPLAIN,
        check_setting<double>, assign_setting<double, &g_scan_mem_multiplier>, nullptr);
    DefineCustomBoolVariable("vectidx.strict_order",
                             "Omits rows that a scan finds too late to return in order.",
                             "Otherwise the scan returns them last.", &g_settings.strict_order,
                             false, PGC_USERSET, GUC_EXPLAIN, nullptr, nullptr, nullptr);
}

void define_filter_setting() {
    DefineCustomEnumVariable(
        "vectidx.filter", "Sets how a search in the order of a distance applies other conditions.",
        "\"walk\", \"brute\" and \"codes\" always search the graph, measure all rows that pass, or "
        "find them by their codes in the index; \"auto\" decides while the query runs; \"off\" "
        "leaves the conditions to PostgreSQL.",
        &g_settings.filter, static_cast<int>(FilterMode::Auto), kFilterModes, PGC_USERSET,
        GUC_EXPLAIN, nullptr, nullptr, nullptr);
}

// A change of an option takes this lock, which waits for no query and no writer. Two things hold
// for every option: it is copied once, at the start of a scan, an insert, a build or a VACUUM, and
// nobody depends on the value that another backend has read. Each group below says what else
// matters.
constexpr LOCKMODE kAlterLock = ShareUpdateExclusiveLock;

// A build puts these on the metapage, which alone counts from then on. CREATE INDEX and REINDEX
// exclude the change by their own locks on the index, REINDEX CONCURRENTLY by this one.
void define_graph_options(bits32 kinds) {
    add_int_reloption(kinds, "m", "Number of neighbors of a new node", kNotGiven, kMinM, kMaxM,
                      kAlterLock);
    add_int_reloption(kinds, "ef_construction",
                      "Number of candidates for the neighbors of a new node", kNotGiven,
                      kMinEfConstruction, kMaxEfConstruction, kAlterLock);
    add_bool_reloption(kinds, "codes", "Stores a short code of every neighbor in a node", true,
                       kAlterLock);
    add_enum_reloption(kinds, "storage", "Precision of the vectors in the index", g_storage_members,
                       static_cast<int>(Storage::Half),
                       "Valid values are \"full\", \"half\" and \"sq8\".", kAlterLock);
    add_enum_reloption(kinds, "algorithm", "Algorithm that builds the graph", g_algorithm_members,
                       static_cast<int>(Algorithm::Hnsw),
                       "Valid values are \"hnsw\", \"vamana\" and \"leaves\".", kAlterLock);
    add_real_reloption(kinds, "alpha", "Pruning factor of vamana: higher keeps more long edges",
                       kDefaultAlpha, double{kMinAlpha}, double{kMaxAlpha}, kAlterLock);
    // It is also for searching; there it is as ef_search below.
    add_enum_reloption(kinds, "preset", "Values for m, ef_construction and ef_search",
                       g_preset_members, static_cast<int>(Preset::None),
                       "Valid values are \"none\", \"high_recall\" and \"fast\".", kAlterLock);
}

// These options decide how long a scan searches, and the cost of a plan. A running scan keeps the
// values with which it began; every value works with every graph.
void define_search_options(bits32 kinds) {
    add_int_reloption(kinds, "ef_search",
                      "Number of candidates that a search keeps, 0 to use target_recall", kNotGiven,
                      0, kMaxEfSearch, kAlterLock);
    add_real_reloption(kinds, "target_recall", "Recall@10 that index searches aim for", 0,
                       kMinTargetRecall, kMaxTargetRecall, kAlterLock);
    add_int_reloption(g_ivfflat_relopt_kind, "lists",
                      "Number of lists, of which ivfflat.probes are searched", kDefaultLists,
                      kMinLists, kMaxLists, kAlterLock);
}

// These options decide when work is done, and by how many threads. The pending list may have rows
// whatever its limit is: inserts, scans and VACUUM handle both.
void define_maintenance_options(bits32 kinds) {
    add_int_reloption(kinds, "parallel_insert_threshold",
                      "Minimum number of rows for a build with several threads", kNotGiven, 1,
                      INT_MAX, kAlterLock);
    add_int_reloption(kinds, "tombstone_rebuild_pct",
                      "Percentage of deleted nodes at which VACUUM rebuilds the graph", kNotGiven,
                      1, 100, kAlterLock);
    add_int_reloption(kinds, "pending_limit",
                      "Number of rows on the pending list at which it is merged, 0 for no list", 0,
                      0, 1000000, kAlterLock);
}

void define_index_options() {
    g_relopt_kind = add_reloption_kind();
    g_ivfflat_relopt_kind = add_reloption_kind();
    const auto both = static_cast<bits32>(g_relopt_kind | g_ivfflat_relopt_kind);
    define_graph_options(both);
    define_search_options(both);
    define_maintenance_options(both);
}

// Newer versions have more fields than these three.
relopt_parse_elt element(const char* name, relopt_type type, size_t offset) {
    relopt_parse_elt result{};
    result.optname = name;
    result.opttype = type;
    result.offset = static_cast<int>(offset);
    return result;
}

const IndexOptions* options_of(const bytea* options) {
    return reinterpret_cast<const IndexOptions*>(options);
}

// The value of the option, or that of its preset, or kNotGiven.
int given(const IndexOptions* o, int IndexOptions::*option, int PresetValues::*preset) {
    if (o == nullptr) return kNotGiven;
    return o->*option != kNotGiven ? o->*option : kPresets[o->preset].*preset;
}

int given_or(const IndexOptions* o, int IndexOptions::*option, int setting) {
    return o != nullptr && o->*option != kNotGiven ? o->*option : setting;
}

uint32_t or_setting(int value, int setting) {
    return static_cast<uint32_t>(value != kNotGiven ? value : setting);
}

bytea* parse(Datum reloptions, bool validate, relopt_kind kind) {
    const relopt_parse_elt table[] = {
        element("m", RELOPT_TYPE_INT, offsetof(IndexOptions, m)),
        element("ef_construction", RELOPT_TYPE_INT, offsetof(IndexOptions, ef_construction)),
        element("ef_search", RELOPT_TYPE_INT, offsetof(IndexOptions, ef_search)),
        element("target_recall", RELOPT_TYPE_REAL, offsetof(IndexOptions, target_recall)),
        element("parallel_insert_threshold", RELOPT_TYPE_INT,
                offsetof(IndexOptions, parallel_insert_threshold)),
        element("tombstone_rebuild_pct", RELOPT_TYPE_INT,
                offsetof(IndexOptions, tombstone_rebuild_pct)),
        element("pending_limit", RELOPT_TYPE_INT, offsetof(IndexOptions, pending_limit)),
        element("preset", RELOPT_TYPE_ENUM, offsetof(IndexOptions, preset)),
        element("codes", RELOPT_TYPE_BOOL, offsetof(IndexOptions, codes)),
        element("storage", RELOPT_TYPE_ENUM, offsetof(IndexOptions, storage)),
        element("algorithm", RELOPT_TYPE_ENUM, offsetof(IndexOptions, algorithm)),
        element("alpha", RELOPT_TYPE_REAL, offsetof(IndexOptions, alpha)),
        element("lists", RELOPT_TYPE_INT, offsetof(IndexOptions, lists))};
    return static_cast<bytea*>(
        build_reloptions(reloptions, validate, kind, sizeof(IndexOptions), table, lengthof(table)));
}

PgvectorSettings pgvector_settings_of(Relation index) {
    const amoptions_function parser = index->rd_indam->amoptions;
    const IndexOptions* o = options_of(index->rd_options);
    return pgvector_settings(parser == parse_hnsw_options      ? PgvectorMethod::Hnsw
                             : parser == parse_ivfflat_options ? PgvectorMethod::Ivfflat
                                                               : PgvectorMethod::None,
                             o != nullptr ? o->lists : kDefaultLists, index->rd_rel->reltuples);
}

// The setting with the higher precedence. If both have the same, the one of pgvector, which is for
// fewer indexes.
template <class T>
Setting<T> stronger(const Setting<T>& ours, const Setting<T>& theirs) {
    return theirs.given() && theirs.source >= ours.source ? theirs : ours;
}

}  // namespace

void define_options() {
    define_build_settings();
    define_background_settings();
    define_search_settings();
    define_filter_setting();
    define_index_options();
    define_pgvector_settings_at_load();
#if PG_VERSION_NUM >= 150000
    MarkGUCPrefixReserved("vectidx");
#else
    EmitWarningsOnPlaceholders("vectidx");
#endif
}

bytea* parse_options(Datum reloptions, bool validate) {
    return parse(reloptions, validate, g_relopt_kind);
}

bytea* parse_hnsw_options(Datum reloptions, bool validate) {
    return parse(reloptions, validate, g_relopt_kind);
}

bytea* parse_ivfflat_options(Datum reloptions, bool validate) {
    return parse(reloptions, validate, g_ivfflat_relopt_kind);
}

BuildOptions build_options(Relation index) {
    const IndexOptions* o = options_of(index->rd_options);
    BuildOptions result;
    result.m = or_setting(given(o, &IndexOptions::m, &PresetValues::m), g_settings.m);
    result.ef_construction =
        or_setting(given(o, &IndexOptions::ef_construction, &PresetValues::ef_construction),
                   g_settings.ef_construction);
    result.algorithm = o != nullptr ? static_cast<Algorithm>(o->algorithm) : Algorithm::Hnsw;
    result.alpha = result.algorithm == Algorithm::Vamana ? static_cast<float>(o->alpha) : 0.0f;
    result.parallel_insert_threshold = static_cast<uint32_t>(given_or(
        o, &IndexOptions::parallel_insert_threshold, g_settings.parallel_insert_threshold));
    result.codes = o == nullptr || o->codes;
    result.storage = o != nullptr ? static_cast<Storage>(o->storage) : Storage::Half;
    return result;
}

SearchOptions search_options(Relation index) {
    // The precedence of a value: a GucSource, once it is set.
    constexpr int kConfigured = 0, kOption = 1;
    static_assert(kOption < PGC_S_GLOBAL);
    const IndexOptions* o = options_of(index->rd_options);
    const bool has_recall = o != nullptr && o->target_recall > 0;
    // An explicit target_recall goes before the preset's ef_search.
    const int ef_search =
        has_recall ? o->ef_search : given(o, &IndexOptions::ef_search, &PresetValues::ef_search);
    const PgvectorSettings theirs = pgvector_settings_of(index);
    const Setting<int> ef = stronger(g_ef_search, theirs.ef_search);
    const int ef_strength = ef.is_set()              ? ef.source
                            : ef_search != kNotGiven ? kOption
                                                     : kConfigured;
    const int recall_strength = g_target_recall.is_set() ? g_target_recall.source
                                : has_recall             ? kOption
                                                         : kConfigured;
    SearchOptions result;
    result.ef_search = static_cast<uint32_t>(ef_strength == kOption ? ef_search : ef.value);
    if (recall_strength > ef_strength) result.ef_search = 0;
    result.target_recall =
        static_cast<float>(recall_strength == kOption ? o->target_recall : g_target_recall.value);
    result.max_scan_tuples =
        static_cast<uint32_t>(stronger(g_max_scan_tuples, theirs.max_scan_tuples).value);
    result.scan_mem_multiplier = stronger(g_scan_mem_multiplier, theirs.scan_mem_multiplier).value;
    result.strict_order = g_settings.strict_order || theirs.strict_order;
    return result;
}

uint32_t pending_limit(Relation index) {
    const IndexOptions* o = options_of(index->rd_options);
    return o != nullptr ? static_cast<uint32_t>(o->pending_limit) : 0;
}

FilterMode filter_mode() {
    return static_cast<FilterMode>(g_settings.filter);
}

bool background_worker_allowed() {
    return g_settings.background_worker;
}

// Nobody waits for a background worker, or for autovacuum: they leave the processors to others.
MaintenanceOptions maintenance_options(Relation index, int message_level, MaintenanceRole role) {
#if PG_VERSION_NUM >= 170000
    const bool autovacuum = AmAutoVacuumWorkerProcess();
#else
    const bool autovacuum = IsAutoVacuumWorkerProcess();
#endif
    const bool background = autovacuum || role == MaintenanceRole::Worker;
    const int kilobytes =
        background && autovacuum_work_mem != -1 ? autovacuum_work_mem : maintenance_work_mem;
    const int threads = background ? g_settings.background_threads : INT_MAX;
    return {build_options(index).parallel_insert_threshold, static_cast<unsigned>(threads),
            static_cast<size_t>(kilobytes) * 1024, message_level, role == MaintenanceRole::Vacuum};
}

int tombstone_rebuild_pct(Relation index) {
    return given_or(options_of(index->rd_options), &IndexOptions::tombstone_rebuild_pct,
                    g_settings.tombstone_rebuild_pct);
}

}  // namespace vectidx
