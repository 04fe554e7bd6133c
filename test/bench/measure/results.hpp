// What is measured. An absent optional: not measurable here, or not applicable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "server/wal_account.hpp"

namespace bench {

struct BuildResult {
    double wall_s = 0.0;  // median of the repeats
    std::optional<double> cpu_s;
    int64_t bytes = 0;
    double bytes_per_row = 0.0;
};

struct SearchPoint {
    SearchSetting setting;
    double recall = 0.0;
    double rows = 0.0;                 // returned per query
    std::optional<double> cpu_ms;      // per query, the median of the passes
    std::optional<double> cpu_ms_min;  // the least of the passes, and
    std::optional<double> cpu_ms_max;  // the most: how noisy the machine was
    double wall_p50_ms = 0.0;
    double wall_p99_ms = 0.0;
    std::optional<double> buffers;
};

struct InsertResult {
    size_t rows = 0;
    double rows_per_s = 0.0;
    double wall_p50_ms = 0.0;
    double wall_p99_ms = 0.0;
    std::optional<double> cpu_ms;
    std::optional<double> wal_bytes;  // per row, full-page images included
    std::optional<std::map<std::string, WalKind>> wal_by_manager;
};

// The same rows, settings and queries on an index that grew row by row and on one built at once.
struct GrowthResult {
    std::vector<SearchPoint> grown;
    std::vector<SearchPoint> at_once;
};

struct CopyResult {
    size_t rows = 0;
    double rows_per_s = 0.0;
    std::optional<double> cpu_ms;
    int64_t index_bytes = 0;
    std::vector<SearchPoint> search;  // afterwards
};

// Searches of one session while others insert.
struct MixedResult {
    size_t writers = 0;
    size_t rows = 0;
    double rows_per_s = 0.0;  // of all writers together
    size_t queries = 0;
    double wall_p50_ms = 0.0;
    double wall_p99_ms = 0.0;
    double wall_max_ms = 0.0;
};

struct VacuumResult {
    int deleted_percent = 0;  // of all rows, those of earlier steps included
    double wall_s = 0.0;
    std::optional<double> cpu_s;
    int64_t index_bytes = 0;
    std::vector<SearchPoint> before;  // rows deleted, not yet vacuumed
    std::vector<SearchPoint> after;
};

struct EngineResult {
    std::string name;
    std::string version;
    std::vector<std::string> errors;
    std::optional<BuildResult> build;
    std::vector<SearchPoint> search;
    std::optional<InsertResult> insert;
    std::optional<GrowthResult> growth;
    std::optional<CopyResult> copy;
    std::optional<MixedResult> mixed;
    std::vector<VacuumResult> vacuum;
};

struct SetResult {
    std::string name;
    std::string metric;
    size_t rows = 0;
    size_t dims = 0;
    size_t queries = 0;
    size_t k = 0;
    std::string load_before;  // /proc/loadavg
    std::string load_after;
    std::vector<EngineResult> engines;
};

}  // namespace bench
