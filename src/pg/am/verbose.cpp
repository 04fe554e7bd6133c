#include "pg/am/verbose.hpp"

namespace vectidx {

int vacuum_message_level(int fallback) {
    if (ActivePortal == nullptr || list_length(ActivePortal->stmts) != 1) return fallback;
    const auto* statement = linitial_node(PlannedStmt, ActivePortal->stmts);
    if (statement->utilityStmt == nullptr || !IsA(statement->utilityStmt, VacuumStmt))
        return fallback;
    ListCell* cell;
    foreach (cell, reinterpret_cast<VacuumStmt*>(statement->utilityStmt)->options) {
        auto* option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "verbose") == 0 && defGetBoolean(option)) return INFO;
    }
    return fallback;
}

}  // namespace vectidx
