#include "pg/construct/part_division.hpp"

#include <algorithm>
#include <new>

#include "core/base/random.hpp"
#include "core/construct/part_leaders.hpp"

#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"

namespace vectidx {

namespace {

constexpr uint64_t kSeed = 0x7061727473;
// Memory for rows that are compared with the leaders at once.
constexpr size_t kBatchBytes = size_t{4} << 20;
constexpr uint32_t kMostBatchRows = 4096;
// Memory for leaders and sample in any case, and the most of it.
constexpr size_t kLeastBytes = size_t{16} << 20, kMostBytes = size_t{80} << 20;
constexpr uint32_t kLeadersOfPart = 128, kMostLeaders = 4096;
constexpr uint32_t kSampledRows = 16;  // of a leader
// Of the rows that a part has room for, in percent: its own to begin with, and its own at most.
constexpr uint64_t kOwnPct = 48, kMostOwnPct = 60;
// Copies of a hundred rows.
constexpr uint64_t kCopiesPct = 75;

uint64_t percent(uint64_t rows, uint64_t count) {
    return std::max<uint64_t>(1, rows * count / 100);
}

class Division {
  public:
    Division(RowFile* all, const VectorSpace& space, const NodeLayout& layout,
             const DivisionParams& params, MemoryContext context)
        : all_(*all),
          layout_(layout),
          params_(params),
          own_rows_(percent(params.capacity, all->rows() > params.capacity ? kOwnPct : 100)),
          most_own_(percent(params.capacity, all->rows() > params.capacity ? kMostOwnPct : 100)),
          parts_((all->rows() + own_rows_ - 1) / own_rows_),
          batch_context_(AllocSetContextCreate(context, "vectidx batch", ALLOCSET_DEFAULT_SIZES)),
          arena_(context_arena(context)),
          // Parts of near vectors are wanted for the inner product, too.
          space_(space.keys().metric() == Metric::InnerProduct ? Metric::L2 : space.keys().metric(),
                 space.dims(), 0, nullptr, 0.0f, arena_),
          values_(arena_.alloc<int16_t>(layout.words)),
          leaders_(layout, space_, params.threads, arena_),
          near_(context) {}

    PartFiles run(MemoryContext parts_context);

  private:
    void choose_leaders();
    void find_nearest(PartPlan* plan);
    uint32_t read_batch(Rows* rows, uint32_t* row_of, uint32_t most);
    uint32_t make_plan(PartPlan* plan);
    void move_rows(const PartPlan& plan, uint32_t copied, const PartFiles& parts);
    template <class F>
    void for_each_near(F&& f);

    RowFile& all_;
    const NodeLayout& layout_;
    DivisionParams params_;
    uint64_t own_rows_;
    uint64_t most_own_;
    uint64_t parts_;  // at least
    MemoryContext batch_context_;
    Arena arena_;
    VectorSpace space_;
    int16_t* values_;
    PartLeaders leaders_;
    TempFile near_;  // NearLeaders of each row
};

PartFiles Division::run(MemoryContext parts_context) {
    choose_leaders();
    auto* plan = new (arena_.alloc<PartPlan>(1)) PartPlan(leaders_.size(), arena_);
    find_nearest(plan);
    const uint32_t copied = make_plan(plan);
    PartFiles parts{plan->parts(), static_cast<RowFile*>(MemoryContextAlloc(
                                       parts_context, plan->parts() * sizeof(RowFile)))};
    for (uint32_t i = 0; i < parts.count; ++i)
        new (&parts.rows[i]) RowFile(layout_, parts_context);
    move_rows(*plan, copied, parts);
    near_.close();
    all_.close();
    return parts;
}

// The sample: one row of each of as many equal ranges.
void Division::choose_leaders() {
    const uint64_t rows = all_.rows();
    const size_t memory = std::clamp(params_.memory, kLeastBytes, kMostBytes);
    const size_t of_leader =
        PartLeaders::leader_bytes(layout_) + kSampledRows * PartLeaders::sample_bytes(layout_);
    const uint64_t leaders = std::clamp<uint64_t>(
        std::min<uint64_t>(parts_ * kLeadersOfPart, memory / of_leader), 1, kMostLeaders);
    const uint64_t sampled = std::min(leaders * kSampledRows, rows);
    Random random(kSeed);
    all_.rewind();
    RowRecord row;
    for (uint64_t i = 0, at = 0; i < sampled; ++i) {
        const uint64_t first = i * rows / sampled, last = (i + 1) * rows / sampled;
        const uint64_t drawn = first + random.below(last - first);
        for (; at <= drawn && all_.read(values_, &row); ++at)
            leave_when_wanted();
        leaders_.sample(row.vector);
    }
    leave_if_stopped(leaders_.choose(static_cast<uint32_t>(leaders), quiet_poll()));
}

// Reads up to `most` rows, those that differ into `rows`. Returns how many it read.
uint32_t Division::read_batch(Rows* rows, uint32_t* row_of, uint32_t most) {
    uint32_t count = 0;
    for (RowRecord row; count < most && all_.read(values_, &row);) {
        leave_when_wanted();
        row.vector.norm2 = 0.0f;
        row_of[count++] = rows->place(row.vector, row.tid);
    }
    return count;
}

void Division::find_nearest(PartPlan* plan) {
    const auto most = static_cast<uint32_t>(
        std::clamp<size_t>(kBatchBytes / RowFile::row_bytes(layout_), kBlockRows, kMostBatchRows));
    all_.rewind();
    int64 done = 0;
    for (uint32_t count = most; count == most; done += count) {
        MemoryContextReset(batch_context_);
        Arena arena = context_arena(batch_context_);
        Rows rows(layout_, arena);
        auto* row_of = arena.alloc<uint32_t>(most);
        count = read_batch(&rows, row_of, most);
        auto* near = arena.alloc<NearLeaders>(most);
        leave_if_stopped(leaders_.nearest(rows, arena, near, quiet_poll()));
        for (uint32_t i = 0; i < count; ++i) {
            near_.write(&near[row_of[i]], sizeof(NearLeaders));
            plan->count_nearest(near[row_of[i]]);
        }
        count_done(done + count);
    }
    MemoryContextReset(batch_context_);
}

template <class F>
void Division::for_each_near(F&& f) {
    near_.rewind();
    for (NearLeaders near; near_.read(&near, sizeof(near));) {
        leave_when_wanted();
        f(near);
    }
}

// Returns below which gap a row has a copy.
uint32_t Division::make_plan(PartPlan* plan) {
    plan->drop_hubs(own_rows_ / 4);
    for_each_near([&](const NearLeaders& near) { plan->count(near); });
    plan->pack(static_cast<uint32_t>(parts_), most_own_,
               [&](uint32_t a, uint32_t b) { return leaders_.distance(a, b); });
    for_each_near([&](const NearLeaders& near) { plan->tally(plan->choose(near)); });
    return plan->copied_gaps(all_.rows() * kCopiesPct / 100);
}

void Division::move_rows(const PartPlan& plan, uint32_t copied, const PartFiles& parts) {
    int64 done = static_cast<int64>(all_.rows());
    all_.rewind();
    for_each_near([&](const NearLeaders& near) {
        RowRecord row;
        if (!all_.read(values_, &row)) elog(ERROR, "vectidx: a row on a temporary file is gone");
        const PartChoice choice = plan.choose(near);
        uint32_t other[kMostCopies];
        for (uint32_t k = 0; k < kMostCopies; ++k)
            other[k] = choice.gap[k] < copied ? choice.other[k] : kNoPart;
        parts.rows[choice.part].write(row.vector, row.tid, other[0], other[1]);
        if (++done % 1024 == 0) count_done(done);
    });
}

}  // namespace

PartFiles divide_rows(RowFile* all, const VectorSpace& space, const NodeLayout& layout,
                      const DivisionParams& params) {
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx division", ALLOCSET_DEFAULT_SIZES);
    const PartFiles parts = Division(all, space, layout, params, context).run(CurrentMemoryContext);
    MemoryContextDelete(context);
    return parts;
}

}  // namespace vectidx
