// The settings of pgvector, for the access methods hnsw and ivfflat of the extension `vector`,
// which are ours: names, ranges and defaults are pgvector's. What a person gives is mapped to what
// our search knows; what nobody gives leaves vectidx.target_recall in charge.
//
//   hnsw.ef_search             vectidx.ef_search
//   hnsw.max_scan_tuples       vectidx.max_scan_tuples
//   hnsw.scan_mem_multiplier   vectidx.scan_mem_multiplier
//   ivfflat.probes             an ef_search by the share of the lists, see pgvector_settings.cpp
//   ivfflat.max_probes         vectidx.max_scan_tuples, by the share of the lists
//   hnsw.iterative_scan        vectidx.strict_order, if it is strict_order; every scan goes on
//   ivfflat.iterative_scan     nothing
#pragma once

#include "pg/postgres.hpp"

#include "pg/am/setting_source.hpp"

namespace vectidx {

enum class PgvectorMethod { None, Hnsw, Ivfflat };

constexpr int kMinLists = 1, kMaxLists = 32768, kDefaultLists = 100;

// What the settings mean for one index; nothing is given where the method is None.
struct PgvectorSettings {
    Setting<int> ef_search;
    Setting<int> max_scan_tuples;
    Setting<double> scan_mem_multiplier;
    bool strict_order;
};
PgvectorSettings pgvector_settings(PgvectorMethod method, int lists, double rows);

// Defines the settings, unless they are defined: by an earlier call, or by pgvector's own library.
void define_pgvector_settings();

// The same when the library is loaded. A server that has pgvector's library, too, may load that
// later in this session, and then it must be able to define them; so this leaves them to the
// handlers of hnsw and ivfflat there.
void define_pgvector_settings_at_load();

}  // namespace vectidx
