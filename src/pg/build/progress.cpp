#include "pg/build/progress.hpp"

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
        case BuildPhase::InsertingRows:
            return "inserting rows into pages";
        case BuildPhase::Logging:
            return "logging pages";
    }
    return nullptr;
}

void start_phase(BuildPhase phase, int64 total) {
    const int indexes[] = {PROGRESS_CREATEIDX_SUBPHASE, PROGRESS_CREATEIDX_TUPLES_TOTAL,
                           PROGRESS_CREATEIDX_TUPLES_DONE};
    const int64 values[] = {static_cast<int64>(phase), total, 0};
    pgstat_progress_update_multi_param(lengthof(indexes), indexes, values);
}

void count_done(int64 done) {
    pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
}

Poll build_poll() {
    return {[](void*, size_t done) {
                count_done(static_cast<int64>(done));
                return InterruptPending && (QueryCancelPending || ProcDiePending);
            },
            nullptr};
}

void leave_if_stopped(Parallel result) {
    CHECK_FOR_INTERRUPTS();
    if (result == Parallel::Done) return;
    ereport(ERROR, (errcode(ERRCODE_QUERY_CANCELED), errmsg("index build was stopped")));
}

}  // namespace vectidx
