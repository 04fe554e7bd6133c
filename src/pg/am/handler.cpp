// The properties and callbacks of the access method, and the access methods hnsw and ivfflat of the
// extension `vector`: the same under pgvector's names, with pgvector's index options beside our
// own.
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/am/pgvector_settings.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

// A property or callback that is not named here is false, zero or missing.
IndexAmRoutine* routine(bytea* (*parse)(Datum, bool)) {
    IndexAmRoutine* am = makeNode(IndexAmRoutine);
    am->amstrategies = 0;  // operators order, none searches
    am->amsupport = kSupportFunctions;
    am->amcanorderbyop = true;
    am->amoptionalkey = true;
    // In parallel mode the end of the file could not be cut off: that locks the index exclusively,
    // for which a transaction id is assigned. A pass over the graph is short.
    am->amparallelvacuumoptions = VACUUM_OPTION_NO_PARALLEL;
    am->amkeytype = InvalidOid;

    am->ambuild = vectidx_build;
    am->ambuildempty = vectidx_build_empty;
    am->aminsert = vectidx_insert;
    am->ambulkdelete = vectidx_bulk_delete;
    am->amvacuumcleanup = vectidx_vacuum_cleanup;
    am->amcostestimate = vectidx_cost_estimate;
    am->amoptions = parse;
    am->ambuildphasename = vectidx_build_phase;
    am->amvalidate = vectidx_validate;
    am->ambeginscan = vectidx_begin_scan;
    am->amrescan = vectidx_rescan;
    am->amgettuple = vectidx_get_tuple;
    am->amendscan = vectidx_end_scan;
    return am;
}

}  // namespace

VECTIDX_FUNCTION(vectidx_handler) {
    PG_RETURN_POINTER(routine(parse_options));
}

VECTIDX_FUNCTION(vectidx_hnsw_handler) {
    define_pgvector_settings();
    PG_RETURN_POINTER(routine(parse_hnsw_options));
}

VECTIDX_FUNCTION(vectidx_ivfflat_handler) {
    define_pgvector_settings();
    PG_RETURN_POINTER(routine(parse_ivfflat_options));
}

}  // namespace vectidx
