#include "pg/maintain/graph_wait.hpp"

#include "pg/construct/progress.hpp"
#include "pg/pages/graph_lock.hpp"

namespace vectidx {

namespace {

void sleep_a_little() {
    leave_when_wanted();
    pg_usleep(1000);
}

}  // namespace

// Inserts that come one upon the other would never leave the lock free, so they are kept away while
// it is wanted; but for a tenth of the time only, because what holds it may be long.
void take_graph(Relation index, const MaintenanceOptions& options, OnWait on_wait) {
    constexpr int kTurns = 1000, kWantedTurns = 100;  // of a millisecond each
    if (options.in_vacuum) return lock_graph(index, ExclusiveLock);
    if (try_lock_graph(index, ExclusiveLock)) return;
    on_wait();
    bool wanted = false;
    for (int turn = 0; !try_lock_graph(index, ExclusiveLock); turn = (turn + 1) % kTurns) {
        if (turn == 0 && !wanted) wanted = try_want_graph(index);
        if (turn == kWantedTurns && wanted) {
            unwant_graph(index);
            wanted = false;
        }
        sleep_a_little();
    }
    if (wanted) unwant_graph(index);
}

void take_list(Relation index, const MaintenanceOptions& options, OnWait on_wait) {
    if (options.in_vacuum) return lock_list(index);
    for (bool said = false; !try_lock_list(index); said = true) {
        if (!said) on_wait();
        sleep_a_little();
    }
}

}  // namespace vectidx
