// vectidx_recall(index regclass, samples integer, k integer, queries text) -> double precision, and
// vectidx_recall_stats of the same arguments: the recall of an index, measured on its own table.
//
// Queries are rows that are drawn from the table, are made of two such rows, or come from another
// table. For each, the k nearest rows, other than the query's own, are found twice: by comparing it
// with every row, and by a scan of the index with the settings in force and a LIMIT of k. Its
// recall is the share of the rows of the scan that are no farther than the k-th nearest; by
// distance, not by name, so that rows at equal distances count alike.
#include <algorithm>
#include <cmath>

#include "core/base/random.hpp"

#include "pg/am/table_rows.hpp"
#include "pg/inspect/index_argument.hpp"
#include "pg/inspect/mixed_query.hpp"
#include "pg/inspect/ordered_scan.hpp"
#include "pg/memory.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

constexpr int kMaxSamples = 10000;
constexpr int kMaxNearest = 1000;

struct Sample {
    Datum value;
    ItemPointerData tid;  // of the row that it is, or none
    double* nearest;      // [k], a max-heap
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
    bool arrays = false;

    double distance_of(Datum a, Datum b) {
        return vectidx::distance_of(&distance, InvalidOid, a, b);
    }
};

// Reservoir sampling (Vitter's algorithm R). A row without a distance to itself, such as a zero
// vector under cosine or an empty array, is not in the index.
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
        // MaxSim has the row on the left, as a query has it.
        const double distance = check->arrays ? check->distance_of(value, sample.value)
                                              : check->distance_of(sample.value, value);
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
    scan.start(sample.value, check->k + (ItemPointerIsValid(&sample.tid) ? 1 : 0));
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

// Turns the rows that were drawn into other queries: each is mixed with the next.
void mix_samples(RecallCheck* check, const IndexedType& type, bool between) {
    const MemoryContext before = MemoryContextSwitchTo(check->samples_context);
    const Datum first = check->count > 0 ? check->samples[0].value : Datum{0};
    uint32_t kept = 0;
    for (uint32_t s = 0; s < check->count; ++s) {
        CHECK_FOR_INTERRUPTS();
        Sample& sample = check->samples[s];
        const Datum next = s + 1 < check->count ? check->samples[s + 1].value : first;
        const Datum mixed = between ? query_between(type, sample.value, next, &check->random)
                                    : perturbed_query(type, sample.value, next, &check->random);
        // Opposite rows have no middle that a cosine could be measured from.
        if (std::isnan(check->distance_of(mixed, mixed))) continue;
        std::swap(check->samples[kept].nearest, sample.nearest);
        check->samples[kept].value = mixed;
        ItemPointerSetInvalid(&check->samples[kept].tid);
        ++kept;
    }
    check->count = kept;
    MemoryContextSwitchTo(before);
}

// The first column of the type that the index compares.
const char* query_column(Relation table, Oid type) {
    const TupleDesc columns = RelationGetDescr(table);
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute column = TupleDescAttr(columns, i);
        if (!column->attisdropped && getBaseType(column->atttypid) == type)
            return quote_identifier(NameStr(column->attname));
    }
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("relation \"%s\" has no column of type %s",
                           RelationGetRelationName(table), format_type_be(type))));
}

// Reads queries from a table, as the caller's own SELECT would.
void read_queries(RecallCheck* check, const char* name, Oid type) {
    RangeVar* range = makeRangeVarFromNameList(
#if PG_VERSION_NUM >= 160000
        stringToQualifiedNameList(name, nullptr));
#else
        stringToQualifiedNameList(name));
#endif
    Relation table = relation_openrv_extended(range, AccessShareLock, true);
    if (table == nullptr)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"%s\" does not exist", name),
                 errhint("Queries are 'rows', 'perturbed', 'between' or the name of a table.")));
    const char* column = query_column(table, type);
    const char* qualified = quote_qualified_identifier(
        get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));
    StringInfoData query;
    initStringInfo(&query);
    appendStringInfo(&query, "SELECT %s FROM %s WHERE %s IS NOT NULL", column, qualified, column);
    SPI_connect();
    if (SPI_execute(query.data, true, check->capacity) != SPI_OK_SELECT)
        elog(ERROR, "cannot read queries from \"%s\"", name);
    const MemoryContext before = MemoryContextSwitchTo(check->samples_context);
    for (uint64 i = 0; i < SPI_processed; ++i) {
        bool is_null;
        const Datum value =
            SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &is_null);
        Sample& sample = check->samples[check->count];
        sample.value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
        if (std::isnan(check->distance_of(sample.value, sample.value))) continue;
        ItemPointerSetInvalid(&sample.tid);
        ++check->count;
    }
    MemoryContextSwitchTo(before);
    SPI_finish();
    relation_close(table, AccessShareLock);
}

void choose_queries(RecallCheck* check, const IndexArgument& argument, Snapshot snapshot,
                    const char* queries) {
    const bool perturbed = strcmp(queries, "perturbed") == 0;
    const bool between = strcmp(queries, "between") == 0;
    if (!perturbed && !between && strcmp(queries, "rows") != 0) {
        read_queries(check, queries, argument.index->rd_opcintype[0]);
        return;
    }
    const IndexedType& type = indexed_type(argument.index);
    if (type.arrays && (perturbed || between))
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("queries \"%s\" are not supported for an index over arrays", queries),
                 errhint("Use 'rows' or the name of a table.")));
    scan_indexed_rows(argument.heap, argument.index, snapshot, sample_callback, check);
    if (perturbed || between) mix_samples(check, type, between);
}

struct Recall {
    uint32_t queries;    // that have nearest rows
    double mean;         // over them,
    double worst_tenth;  // and over the tenth of them, one at least, with the lowest recall
};

Recall summarize(double* recalls, uint32_t count) {
    const auto mean = [&](uint32_t n) {
        double sum = 0;
        for (uint32_t i = 0; i < n; ++i)
            sum += recalls[i];
        return n > 0 ? sum / n : 0.0;
    };
    std::sort(recalls, recalls + count);
    return {count, mean(count), mean(std::min(count, std::max(1u, count / 10)))};
}

Recall measure(FunctionCallInfo fcinfo) {
    const uint32_t samples = argument_between(PG_GETARG_INT32(1), kMaxSamples, "samples");
    const uint32_t k = argument_between(PG_GETARG_INT32(2), kMaxNearest, "k");
    const IndexArgument argument = open_index_argument(PG_GETARG_OID(0));
    const Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
    RecallCheck check = begin(samples, k);
    fmgr_info(distance_function(argument.index), &check.distance);
    check.arrays = indexed_type(argument.index).arrays;
    choose_queries(&check, argument, snapshot, text_to_cstring(PG_GETARG_TEXT_PP(3)));
    if (check.count > 0)
        scan_indexed_rows(argument.heap, argument.index, snapshot, compare_callback, &check);

    auto* recalls = static_cast<double*>(palloc(samples * sizeof(double)));
    uint32_t measured = 0;
    OrderedScan scan(argument.heap, argument.index, snapshot, &check.distance);
    for (uint32_t s = 0; s < check.count; ++s) {
        const Sample& sample = check.samples[s];
        if (sample.count == 0) continue;
        recalls[measured++] = static_cast<double>(count_hits(&check, scan, sample)) / sample.count;
    }
    scan.end();
    UnregisterSnapshot(snapshot);
    close_index_argument(argument);
    return summarize(recalls, measured);
}

}  // namespace

VECTIDX_FUNCTION(vectidx_recall) {
    const Recall recall = measure(fcinfo);
    if (recall.queries == 0) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(recall.mean);
}

VECTIDX_FUNCTION(vectidx_recall_stats) {
    TupleDesc columns;
    if (get_call_result_type(fcinfo, nullptr, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    const Recall recall = measure(fcinfo);
    const Datum values[] = {Int64GetDatum(recall.queries), Float8GetDatum(recall.mean),
                            Float8GetDatum(recall.worst_tenth)};
    const bool none = recall.queries == 0;
    const bool nulls[] = {false, none, none};
    PG_RETURN_DATUM(HeapTupleGetDatum(
        heap_form_tuple(columns, const_cast<Datum*>(values), const_cast<bool*>(nulls))));
}

}  // namespace vectidx
