// How far a scan goes: by the options of its index, the settings, and the rows that the query
// wants.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/search_limits.hpp"

#include "pg/pages/index_state.hpp"

namespace vectidx {

// The limits of the search for the first `rows` rows; 0: it is not known how many are wanted. The
// calibration is the state's own: it lives as long as that.
SearchLimits limits_for(Relation index, const IndexState& state, uint32_t rows);

// Standard deviations below the mean beyond which the rest of a normal distribution lies.
float deviations_for(float probability);

}  // namespace vectidx
