// ALTER INDEX ... SET (m = ...) changes the catalog at once and the graph at the next REINDEX,
// which is worth saying. PostgreSQL tells an access method of neither, so this listens in two
// places: where new options are parsed, and where PostgreSQL says that a relation was altered.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// Installs the hook. Called once, by _PG_init.
void watch_alter_index();

// Options that a command gives, checked and parsed; nullptr when it gives none.
void note_new_options(const bytea* options);

}  // namespace vectidx
