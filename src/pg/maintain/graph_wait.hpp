// Waiting for the locks of the graph (pg/pages/graph_lock.hpp).
#pragma once

#include "pg/postgres.hpp"

#include "core/base/function_ref.hpp"

#include "pg/maintain/maintenance_options.hpp"

namespace vectidx {

// Called once where a lock is not there at once.
using OnWait = FunctionRef<void()>;
constexpr OnWait kSayNothing{nullptr, nullptr};

// The exclusive graph lock. VACUUM waits in the lock manager; others look for it again and again,
// for as long as CHECK_FOR_INTERRUPTS and leave_when_wanted() let.
void take_graph(Relation index, const MaintenanceOptions& options, OnWait on_wait);

// A share of the graph lock with the list lock, likewise; unlock_list() gives both back.
void take_list(Relation index, const MaintenanceOptions& options, OnWait on_wait);

}  // namespace vectidx
