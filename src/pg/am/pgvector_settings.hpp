// The settings of pgvector, for the access methods hnsw and ivfflat of the extension `vector`,
// which are ours: names, ranges and defaults are pgvector's. A value that is set is mapped to a
// setting of our search; if none is set, vectidx.target_recall applies.
//
//   hnsw.ef_search             vectidx.ef_search
//   hnsw.max_scan_tuples       vectidx.max_scan_tuples
//   hnsw.scan_mem_multiplier   vectidx.scan_mem_multiplier
//   ivfflat.probes             an ef_search by the share of the lists, see pgvector_settings.cpp
//   ivfflat.max_probes         vectidx.max_scan_tuples, by the share of the lists
//   hnsw.iterative_scan        vectidx.strict_order, if it is strict_order
//   ivfflat.iterative_scan     nothing
#pragma once

#include "pg/postgres.hpp"

#include "pg/am/setting_source.hpp"

namespace vectidx {

enum class PgvectorMethod { None, Hnsw, Ivfflat };

constexpr int kMinLists = 1, kMaxLists = 32768, kDefaultLists = 100;

// The settings as they apply to one index; none is set if the method is None.
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
