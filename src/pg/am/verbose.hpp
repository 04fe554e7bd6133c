#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

// The level at which VACUUM says what it does to an index: INFO under VERBOSE, else `fallback`.
// Since PostgreSQL 15 IndexVacuumInfo no longer tells.
int vacuum_message_level(int fallback);

}  // namespace vectidx
