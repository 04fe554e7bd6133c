// vectidx_recall(index regclass, samples integer, k integer) -> double precision: the recall of an
// index, measured on rows of its own table.
//
// Some rows are drawn, and for each the k nearest other rows are found twice: by comparing it with
// every row, and by a scan of the index with the settings in force. The recall is the share of the
// rows of the scan that are no farther than the k-th nearest; by distance, not by name, so that
// rows at equal distances count alike.
#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"

#include "pg/inspect/index_argument.hpp"
#include "pg/inspect/ordered_scan.hpp"
#include "pg/memory.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

constexpr int kMaxSamples = 10000;
constexpr int kMaxNearest = 1000;

struct Sample {
    Datum value;
    ItemPointerData tid;
    double* nearest;  // [k], a max-heap
    uint32_t count;
};

struct RecallCheck {
    FmgrInfo distance;
    MemoryContext samples_context;
    MemoryContext row_context;
    Sample* samples;
    uint32_t capacity;
    uint32_t count;
    uint32_t k;
    uint64_t rows;
    Random random;

    double distance_of(Datum a, Datum b) {
        return DatumGetFloat8(FunctionCall2Coll(&distance, InvalidOid, a, b));
    }
};

// Reservoir sampling (Vitter's algorithm R). A row without a distance to itself, such as a zero
// vector under cosine, is not in the index.
void offer_sample(RecallCheck* check, const ItemPointerData& tid, Datum value) {
    if (std::isnan(check->distance_of(value, value))) return;
    uint64_t at = check->rows++;
    if (at >= check->capacity) at = check->random.below(check->rows);
    if (at >= check->capacity) return;
    Sample& sample = check->samples[at];
    if (at < check->count) pfree(DatumGetPointer(sample.value));
    check->count = std::max(check->count, static_cast<uint32_t>(at) + 1);
    const MemoryContext before = MemoryContextSwitchTo(check->samples_context);
    sample.value = datumCopy(value, false, -1);
    MemoryContextSwitchTo(before);
    sample.tid = tid;
    sample.count = 0;
}

void compare_row(RecallCheck* check, const ItemPointerData& tid, Datum value) {
    for (uint32_t s = 0; s < check->count; ++s) {
        Sample& sample = check->samples[s];
        if (ItemPointerEquals(&sample.tid, const_cast<ItemPointerData*>(&tid))) continue;
        const double distance = check->distance_of(sample.value, value);
        double* end = sample.nearest + sample.count;
        if (std::isnan(distance)) continue;
        if (sample.count < check->k) {
            *end = distance;
            ++sample.count;
            std::push_heap(sample.nearest, end + 1);
        } else if (distance < sample.nearest[0]) {
            std::pop_heap(sample.nearest, end);
            end[-1] = distance;
            std::push_heap(sample.nearest, end);
        }
    }
}

template <void (*kUse)(RecallCheck*, const ItemPointerData&, Datum)>
void with_row(void* arg, ItemPointer tid, const Datum* values, const bool* isnull) {
    auto* check = static_cast<RecallCheck*>(arg);
    CHECK_FOR_INTERRUPTS();
    if (isnull[0]) return;
    const MemoryContext before = MemoryContextSwitchTo(check->row_context);
    kUse(check, *tid, PointerGetDatum(PG_DETOAST_DATUM(values[0])));
    MemoryContextSwitchTo(before);
    MemoryContextReset(check->row_context);
}

extern "C" {
static void sample_callback(Relation, ItemPointer tid, Datum* values, bool* isnull, bool,
                            void* arg) {
    with_row<offer_sample>(arg, tid, values, isnull);
}
static void compare_callback(Relation, ItemPointer tid, Datum* values, bool* isnull, bool,
                             void* arg) {
    with_row<compare_row>(arg, tid, values, isnull);
}
}

// How many of the k rows that the index gives first are as near as they should be.
uint32_t count_hits(RecallCheck* check, OrderedScan& scan, const Sample& sample) {
    uint32_t hits = 0, given = 0;
    ItemPointerData tid;
    double distance;
    scan.start(sample.value);
    while (given < check->k && scan.next(&tid, &distance)) {
        if (ItemPointerEquals(&tid, const_cast<ItemPointerData*>(&sample.tid))) continue;
        ++given;
        hits += sample.count > 0 && distance <= sample.nearest[0];
    }
    return std::min(hits, sample.count);
}

uint32_t argument_between(int32 value, int32 most, const char* name) {
    if (value < 1 || value > most)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s must be between 1 and %d", name, most)));
    return static_cast<uint32_t>(value);
}

RecallCheck begin(uint32_t samples, uint32_t k) {
    RecallCheck check = {
        {},
        CurrentMemoryContext,
        AllocSetContextCreate(CurrentMemoryContext, "vectidx recall row", ALLOCSET_DEFAULT_SIZES),
        static_cast<Sample*>(palloc0(samples * sizeof(Sample))),
        samples,
        0,
        k,
        0,
        Random(static_cast<uint64_t>(GetCurrentTimestamp()))};
    for (uint32_t s = 0; s < samples; ++s)
        check.samples[s].nearest = static_cast<double*>(palloc(k * sizeof(double)));
    return check;
}

}  // namespace

VECTIDX_FUNCTION(vectidx_recall) {
    const uint32_t samples = argument_between(PG_GETARG_INT32(1), kMaxSamples, "samples");
    const uint32_t k = argument_between(PG_GETARG_INT32(2), kMaxNearest, "k");
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    RecallCheck check = begin(samples, k);
    fmgr_info(distance_function(argument.index), &check.distance);
    scan_indexed_rows(argument.heap, argument.index, snapshot, sample_callback, &check);
    scan_indexed_rows(argument.heap, argument.index, snapshot, compare_callback, &check);

    uint64_t hits = 0, wanted = 0;
    OrderedScan scan(argument.heap, argument.index, snapshot, &check.distance);
    for (uint32_t s = 0; s < check.count; ++s) {
        hits += count_hits(&check, scan, check.samples[s]);
        wanted += check.samples[s].count;
    }
    scan.end();
    UnregisterSnapshot(snapshot);
    close_index_argument(argument);
    if (wanted == 0) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(static_cast<double>(hits) / static_cast<double>(wanted));
}

}  // namespace vectidx
