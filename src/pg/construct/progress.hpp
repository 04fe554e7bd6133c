// Progress of CREATE INDEX, as pg_stat_progress_create_index shows it.
#pragma once

#include "pg/postgres.hpp"

#include "core/base/threads.hpp"

namespace vectidx {

// PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE is 1.
enum class BuildPhase : int64 {
    Initializing = PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE,
    Sampling,
    ScanningTable,
    BuildingGraph,
    CompletingLists,
    WritingPages,
    Calibrating,
    DividingRows,
    BuildingParts,
    UnitingLists,
    Logging,
};

const char* build_phase_name(int64 phase);

// Starts a phase that counts to `total` (0: it does not count).
void start_phase(BuildPhase phase, int64 total);
void count_done(int64 done);
// A step of a phase ends: what count_done() and build_poll() say from here on is added to `done`.
void count_from(int64 done);

// For threads: shows how much is done, does what other backends wait for (barriers), keeps to the
// cost delay of a VACUUM, and stops when the user cancels. Does not leave by itself.
Poll build_poll();

// The same for work that is not counted.
Poll quiet_poll();

// In a background worker: `wanted` is asked from time to time, in builds and by
// leave_when_wanted(), whether somebody waits for what the worker holds. Then it is canceled.
// Either also ends the process when the postmaster is gone.
extern bool (*give_way_wanted)();
void leave_when_wanted();

// VACUUM's own point of delay, which counts what was computed since the last.
void delay_for_vacuum();

// Leaves when the user canceled. For use after threads were stopped.
void leave_if_stopped(Parallel result);

}  // namespace vectidx
