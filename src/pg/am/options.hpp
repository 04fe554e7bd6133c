// Options of an index (WITH) and their settings (SET vectidx...).
//
// At build time an index option overrides the setting. At search time a setting that was SET (by a
// command, a function, a role or a database) overrides the index option, which overrides the
// configuration file. If both ef_search and target_recall are set, the one at the more specific
// level wins; at the same level, ef_search.
#pragma once

#include "pg/postgres.hpp"

#include "core/layout/meta.hpp"

#include "pg/maintain/maintenance_options.hpp"

namespace vectidx {

// The options as ALTER INDEX and CREATE INDEX store them. One that was not given is kNotGiven (or 0
// for a recall).
struct IndexOptions {
    int32 vl_len_;
    int m;
    int ef_construction;
    int ef_search;
    double target_recall;
    int parallel_insert_threshold;
    int tombstone_rebuild_pct;
    int pending_limit;
    int preset;     // Preset
    int algorithm;  // Algorithm
    double alpha;
    bool codes;
    int storage;  // Storage
    int lists;    // of ivfflat indexes only
};
constexpr int kNotGiven = -1;

enum class Preset { None, HighRecall, Fast };

struct BuildOptions {
    uint32_t m;
    uint32_t ef_construction;
    Algorithm algorithm;
    float alpha;  // 0 where the algorithm has none
    uint32_t parallel_insert_threshold;
    bool codes;
    Storage storage;
};

struct SearchOptions {
    uint32_t ef_search;          // candidates kept; 0: as many as target_recall wants
    float target_recall;         // recall@10
    uint32_t max_scan_tuples;    // nodes visited
    double scan_mem_multiplier;  // memory, in work_mem
    bool strict_order;           // leave out what is found too late to be in order
};

// Defines the settings and the kinds of index options. Called once, by _PG_init.
void define_options();

// Parses and checks WITH (...): amoptions of the access methods vectidx, hnsw (the same options)
// and ivfflat (and `lists`). An index tells its access method by which of them it has, because an
// index without options has nothing else to tell it by.
bytea* parse_options(Datum reloptions, bool validate);
bytea* parse_hnsw_options(Datum reloptions, bool validate);
bytea* parse_ivfflat_options(Datum reloptions, bool validate);

BuildOptions build_options(Relation index);
SearchOptions search_options(Relation index);

// The setting vectidx.filter: how a search applies other conditions (pg/filter).
enum class FilterMode { Auto, Off, Walk, Brute, Codes };
FilterMode filter_mode();
int tombstone_rebuild_pct(Relation index);
// Rows that wait on the pending list until they are merged; 0: rows go into the graph at once.
uint32_t pending_limit(Relation index);
// Whether an INSERT may start a background worker for maintenance.
bool background_worker_allowed();

// Who merges or rebuilds.
enum class MaintenanceRole { Vacuum, Worker, Call };
MaintenanceOptions maintenance_options(Relation index, int message_level, MaintenanceRole role);

}  // namespace vectidx
