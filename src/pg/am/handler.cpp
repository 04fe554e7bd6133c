// The properties and callbacks of the access method.
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

IndexAmRoutine* access_method_routine() {
    IndexAmRoutine* am = makeNode(IndexAmRoutine);
    am->amstrategies = 0;  // operators order, none searches
    am->amsupport = kSupportFunctions;
    am->amoptsprocnum = 0;
    am->amcanorder = false;
    am->amcanorderbyop = true;
    am->amcanbackward = false;
    am->amcanunique = false;
    am->amcanmulticol = false;
    am->amoptionalkey = true;
    am->amsearcharray = false;
    am->amsearchnulls = false;
    am->amstorage = false;
    am->amclusterable = false;
    am->ampredlocks = false;
    am->amcanparallel = false;
    am->amcaninclude = false;
    am->amusemaintenanceworkmem = false;
    // In parallel mode the end of the file could not be cut off: that locks the index exclusively,
    // for which a transaction id is assigned. A pass over the graph is short.
    am->amparallelvacuumoptions = VACUUM_OPTION_NO_PARALLEL;
    am->amkeytype = InvalidOid;

    am->ambuild = vectidx_build;
    am->ambuildempty = vectidx_build_empty;
    am->aminsert = vectidx_insert;
    am->ambulkdelete = vectidx_bulk_delete;
    am->amvacuumcleanup = vectidx_vacuum_cleanup;
    am->amcanreturn = nullptr;
    am->amcostestimate = vectidx_cost_estimate;
    am->amoptions = parse_options;
    am->amproperty = nullptr;
    am->ambuildphasename = vectidx_build_phase;
    am->amvalidate = vectidx_validate;
    am->amadjustmembers = nullptr;
    am->ambeginscan = vectidx_begin_scan;
    am->amrescan = vectidx_rescan;
    am->amgettuple = vectidx_get_tuple;
    am->amgetbitmap = nullptr;
    am->amendscan = vectidx_end_scan;
    am->ammarkpos = nullptr;
    am->amrestrpos = nullptr;
    am->amestimateparallelscan = nullptr;
    am->aminitparallelscan = nullptr;
    am->amparallelrescan = nullptr;
    return am;
}

VECTIDX_FUNCTION(vectidx_handler) {
    PG_RETURN_POINTER(access_method_routine());
}

}  // namespace vectidx
