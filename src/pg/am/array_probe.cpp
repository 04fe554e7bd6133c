#include "pg/am/array_probe.hpp"

#include <algorithm>

#include "pg/am/scan_limits.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/test_point.hpp"

namespace vectidx {

namespace {

SearchLimits probe_limits(Relation index, const IndexState& state, uint32_t rows) {
    SearchLimits limits = limits_for(index, state, rows);
    limits.target_recall = std::min(limits.target_recall, kProbeRecall);
    limits.max_kept = 0;
    if (rows == UINT32_MAX) {
        limits.batch = rows;
        limits.calibration = nullptr;
        limits.ends_when_idle = false;
    }
    return limits;
}

}  // namespace

// In a context of its own.
struct ArrayProbe::Running {
    MemoryContext context;
    ActiveSearch<HitObserver> active;
};

ArrayProbe::Running* ArrayProbe::begin(uint32_t rows) {
    const MemoryContext own = AllocSetContextCreate(context_, "vectidx array search", 0, 16 * 1024,
                                                    ALLOCSET_DEFAULT_MAXSIZE);
    const MemoryContext before = MemoryContextSwitchTo(own);
    hits_.clear();
    chains_.clear();
    expanded_ = 0;
    IndexState& state = index_state(index_);
    const MetaHeader& h = state.meta().header;
    // The whole graph is read in any order: there the query need not be one.
    const bool any = vector_ == Datum{0};
    const VectorView vector =
        any ? VectorView(static_cast<float*>(palloc0(h.choice.dims * sizeof(float))))
            : type_.vector(vector_, value_dims(h));
    const VectorBuffer rotated(static_cast<float*>(palloc(state.layout.padded * sizeof(float))));
    const RotatedQuery query = state.space.prepare_query(vector, rotated);
    has_direction_ = std::any_of(vector.floats(), vector.floats() + h.choice.dims,
                                 [](float x) { return x != 0.0f; });
    unit_ = query.unit;
    nodes_ = static_cast<double>(h.fill_group + 1) * state.layout.group_nodes;
    auto* running = new (palloc(sizeof(Running))) Running{
        own,
        {own, index_, state, query, probe_limits(index_, state, rows), {}, {&hits_, &chains_}}};
    MemoryContextSwitchTo(before);
    return running;
}

void ArrayProbe::forget() {
    if (running_ != nullptr) MemoryContextDelete(running_->context);
    running_ = nullptr;
}

// The rows on the chains of the nodes that were expanded. Returns false when one was not readable.
bool ArrayProbe::read_chains() {
    HeapTid tids[kTidsPerSlot];
    for (ProbeChain& chain : chains_)
        while (!chain.at.at_end()) {
            CHECK_FOR_INTERRUPTS();
            TEST_POINT("scan-chain");
            uint32_t count = 0;
            if (!running_->active.store.read_chain(chain.id, &chain.at, tids, &count)) return false;
            for (uint32_t i = 0; i < count; ++i)
                hits_.push_back({tids[i], chain.key});
        }
    chains_.clear();
    return true;
}

void ArrayProbe::run(uint32_t rows, ScanReport* report) {
    for (;;) {
        if (running_ == nullptr) running_ = begin(rows);
        const MemoryContext before = MemoryContextSwitchTo(running_->context);
        const bool fresh = expanded_ == 0;
        const bool done = (fresh && !has_direction_ && rows != UINT32_MAX) ||
                          (running_->active.search.run() && read_chains());
        MemoryContextSwitchTo(before);
        const SearchCounters& counters = running_->active.search.counters();
        at_end_ = has_direction_ && running_->active.search.at_end();
        report->expanded += counters.expanded - expanded_;
        if (fresh) add_search({}, running_->active.limits, report);
        expanded_ = counters.expanded;
        if (counters.ended_early) report_early_end(index_, report);
        if (done) return;
        if (!running_->active.store.stale()) running_->active.store.report();
        CHECK_FOR_INTERRUPTS();
        TEST_POINT("scan-stale");
        forget();
    }
}

}  // namespace vectidx
