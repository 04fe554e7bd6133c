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

// Of an index over arrays, which is searched for each vector of a query: the recall that one search
// aims at, and the rows that it is asked for at first. A row is found by many searches, so more is
// not worth its price: what they miss shows in the gains of the rows (core/graph/row_gains.hpp).
constexpr float kProbeRecall = 0.8f;
constexpr uint32_t kFirstProbeRows = 20;

// Standard deviations below the mean beyond which the rest of a normal distribution lies.
float deviations_for(float probability);

}  // namespace vectidx
