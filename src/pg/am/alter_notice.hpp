// ALTER INDEX ... SET (m = ...) changes the catalog at once and the graph at the next REINDEX,
// and the user should know that. PostgreSQL tells an access method about neither, so this code
// listens in two places: where new options are parsed, and where a relation was altered.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Installs the hook. Called once, by _PG_init.
void watch_alter_index();

// Options that a command gives, checked and parsed; nullptr when it gives none.
void note_new_options(const bytea* options);

}  // namespace vectidx
