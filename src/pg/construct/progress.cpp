#include "pg/construct/progress.hpp"

#include <ctime>

namespace vectidx {

const char* build_phase_name(int64 phase) {
    switch (static_cast<BuildPhase>(phase)) {
        case BuildPhase::Initializing:
            return "initializing";
        case BuildPhase::Sampling:
            return "sampling table";
        case BuildPhase::ScanningTable:
            return "scanning table";
        case BuildPhase::BuildingGraph:
            return "building graph";
        case BuildPhase::CompletingLists:
            return "completing neighbor lists";
        case BuildPhase::WritingPages:
            return "writing pages";
        case BuildPhase::Calibrating:
            return "calibrating recall";
        case BuildPhase::DividingRows:
            return "dividing rows into parts";
        case BuildPhase::BuildingParts:
            return "building parts of the graph";
        case BuildPhase::UnitingLists:
            return "uniting neighbor lists";
        case BuildPhase::Logging:
            return "logging pages";
    }
    return nullptr;
}

// VACUUM's progress has other columns in these places.
static bool reports_build() {
    return MyBEEntry != nullptr && MyBEEntry->st_progress_command == PROGRESS_COMMAND_CREATE_INDEX;
}

// Done in earlier steps of the phase.
static int64 done_before = 0;

void start_phase(BuildPhase phase, int64 total) {
    done_before = 0;
    if (!reports_build()) return;
    const int indexes[] = {PROGRESS_CREATEIDX_SUBPHASE, PROGRESS_CREATEIDX_TUPLES_TOTAL,
                           PROGRESS_CREATEIDX_TUPLES_DONE};
    const int64 values[] = {static_cast<int64>(phase), total, 0};
    pgstat_progress_update_multi_param(lengthof(indexes), indexes, values);
}

void count_done(int64 done) {
    if (!reports_build()) return;
    pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done_before + done);
}

void count_from(int64 done) {
    done_before = done;
}

bool (*give_way_wanted)() = nullptr;

namespace {

// Does the part of CHECK_FOR_INTERRUPTS for which other backends wait. Threads are running, so this
// must not leave. Returns true after an error; CHECK_FOR_INTERRUPTS raises it again later.
bool serve_others() {
    if (!ProcSignalBarrierPending && !LogMemoryContextPending) return false;
    const MemoryContext before = CurrentMemoryContext;
    volatile bool failed = false;
    PG_TRY();
    {
        if (ProcSignalBarrierPending) ProcessProcSignalBarrier();
        if (LogMemoryContextPending) ProcessLogMemoryContextInterrupt();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(before);
        FlushErrorState();
        failed = true;
    }
    PG_END_TRY();
    return failed;
}

int64 processor_nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return int64{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// Cost-based delay: a millisecond of computing counts as a hundred pages found in memory, so that
// at autovacuum's defaults about half of a processor is taken.
void delay_for_cost() {
    constexpr int kCostPerMillisecond = 100;
    static int64 charged = 0;
    if (!VacuumCostActive) {
        charged = 0;
        return;
    }
    const int64 now = processor_nanoseconds();
    const int64 milliseconds = charged == 0 ? 0 : (now - charged) / 1000000;
    charged = charged == 0 ? now : charged + milliseconds * 1000000;
    VacuumCostBalance += static_cast<int>(Min(milliseconds, int64{1000})) * kCostPerMillisecond;
#if PG_VERSION_NUM >= 160000
    const double delay = vacuum_cost_delay;
    const int limit = vacuum_cost_limit;
#else
    const double delay = VacuumCostDelay;
    const int limit = VacuumCostLimit;
#endif
    if (VacuumCostBalance < limit || limit <= 0) return;
    const double wanted = delay * VacuumCostBalance / limit;
    pg_usleep(static_cast<long>(Min(wanted, Max(4 * delay, 20.0)) * 1000));
    VacuumCostBalance = 0;
}

// A worker that is in somebody's way is canceled as by pg_cancel_backend().
void give_way() {
    static TimestampTz asked = 0;
    if (give_way_wanted == nullptr) return;
    const TimestampTz now = GetCurrentTimestamp();
    if (!TimestampDifferenceExceeds(asked, now, 100)) return;
    asked = now;
    if (!give_way_wanted()) return;
    QueryCancelPending = true;
    InterruptPending = true;
}

// Without a postmaster nobody ends what waits or computes for long, and a server cannot be started
// in the same place as long as one process of the old one is left.
bool postmaster_is_gone() {
    return IsUnderPostmaster && !PostmasterIsAlive();
}

bool stop_wanted() {
    delay_for_cost();
    give_way();
    return serve_others() || postmaster_is_gone() ||
           (InterruptPending && (QueryCancelPending || ProcDiePending));
}

}  // namespace

Poll build_poll() {
    return {[](void*, size_t done) {
                count_done(static_cast<int64>(done));
                return stop_wanted();
            },
            nullptr};
}

Poll quiet_poll() {
    return {[](void*, size_t) { return stop_wanted(); }, nullptr};
}

void leave_when_wanted() {
    give_way();
    if (postmaster_is_gone()) proc_exit(1);
    CHECK_FOR_INTERRUPTS();
}

void delay_for_vacuum() {
    delay_for_cost();
    leave_when_wanted();
}

void leave_if_stopped(Parallel result) {
    if (result != Parallel::Done && postmaster_is_gone()) proc_exit(1);
    CHECK_FOR_INTERRUPTS();
    if (result == Parallel::Done) return;
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("index build was stopped")));
}

}  // namespace vectidx
