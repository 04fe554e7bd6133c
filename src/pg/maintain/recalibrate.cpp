#include "pg/maintain/recalibrate.hpp"

#include <algorithm>

#include "core/construct/calibrate.hpp"

#include "pg/construct/progress.hpp"
#include "pg/maintain/graph_rows.hpp"
#include "pg/memory.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

Calibration measure(const GraphTarget& target, unsigned threads, MemoryContext context) {
    Arena arena = context_arena(context);
    IndexState& state = load_state(target.index, target.meta_block, context);
    Samples samples(state.space, state.layout, threads, quiet_poll(), arena);
    for (GraphRows rows(target.index, state, arena); rows.next();) {
        delay_for_vacuum();
        samples.pick(rows.id(), rows.vector());
    }
    samples.close();
    if (samples.count() == 0) return default_calibration(samples.nodes());
    for (GraphRows rows(target.index, state, arena); rows.next();) {
        delay_for_vacuum();
        leave_if_stopped(samples.compare(rows.id(), rows.vector()));
    }
    leave_if_stopped(samples.finish());
    const MemoryContext searches =
        AllocSetContextCreate(context, "vectidx searches", ALLOCSET_DEFAULT_SIZES);
    Arena scratch = context_arena(searches);
    NodeStore store(target.index, state, WriteMode::Logged, arena);
    Calibration result{};
    const bool done = calibrate(
        store, state.space, samples, arena, scratch, [&] { MemoryContextReset(searches); },
        &result);
    if (!done) store.report();
    return result;
}

}  // namespace

void recalibrate(const GraphTarget& target, WriteMode mode, unsigned threads) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx calibration", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    start_phase(BuildPhase::Calibrating, 0);
    const Calibration calibration = measure(target, threads, context);
    TEST_POINT("calibrated");
    edit_meta(target.index, target.meta_block, mode,
              [&](char*, MetaPage& meta) { meta.header.calibration = calibration; });
    MemoryContextSwitchTo(before);
    MemoryContextDelete(context);
}

bool calibration_is_stale(const MetaHeader& h, const NodeLayout& layout) {
    if (h.calibration.version != Calibration::kVersion) return true;
    const uint64_t nodes = uint64_t{h.fill_group} * layout.group_nodes;
    const uint64_t live = nodes - std::min(nodes, h.tombstones);
    const uint64_t known = h.calibration.nodes;
    const uint64_t change = live > known ? live - known : known - live;
    return change > known / 10 + 4 * uint64_t{layout.group_nodes};
}

bool calibration_is_overdue(const MetaHeader& h, const NodeLayout& layout) {
    constexpr uint64_t kFewNodes = 500;
    const uint64_t known = h.calibration.nodes;
    return uint64_t{h.fill_group} * layout.group_nodes > known + known / 2 + kFewNodes &&
           calibration_is_stale(h, layout);
}

}  // namespace vectidx
