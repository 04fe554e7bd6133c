// What the planner notes in the node's plan for the executor: what can be copied, printed and kept
// in a cache of plans.
#pragma once

#include "pg/postgres.hpp"

#include "core/graph/filter_rule.hpp"

namespace vectidx {

struct PlanNotes {
    FilterPrices prices;
    double wanted;  // rows, as far as the planner knows
    FilterRule::Mode mode;
    bool covered;  // the indexes of the list serve all conditions
};

List* write_notes(const PlanNotes& notes);
PlanNotes read_notes(const List* list);

}  // namespace vectidx
