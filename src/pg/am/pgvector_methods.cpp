// The access methods hnsw and ivfflat of the extension `vector`: ours, under pgvector's names and
// with pgvector's index options beside our own.
#include "pg/postgres.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/am/pgvector_settings.hpp"

namespace vectidx {

VECTIDX_FUNCTION(vectidx_hnsw_handler) {
    define_pgvector_settings();
    IndexAmRoutine* am = access_method_routine();
    am->amoptions = parse_hnsw_options;
    PG_RETURN_POINTER(am);
}

VECTIDX_FUNCTION(vectidx_ivfflat_handler) {
    define_pgvector_settings();
    IndexAmRoutine* am = access_method_routine();
    am->amoptions = parse_ivfflat_options;
    PG_RETURN_POINTER(am);
}

}  // namespace vectidx
