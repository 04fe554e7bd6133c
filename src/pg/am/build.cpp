// CREATE INDEX: sample, scan the table, and build in memory as long as it fits, else in parts.
#include "pg/postgres.hpp"

#include <algorithm>
#include <cstring>

#include "core/construct/rows.hpp"

#include "pg/am/access_method.hpp"
#include "pg/am/options.hpp"
#include "pg/construct/add_row.hpp"
#include "pg/construct/memory_build.hpp"
#include "pg/construct/new_index.hpp"
#include "pg/construct/parted_build.hpp"
#include "pg/construct/progress.hpp"
#include "pg/maintain/recalibrate.hpp"
#include "pg/memory.hpp"
#include "pg/pages/index_state.hpp"
#include "pg/pages/wal.hpp"
#include "pg/pgvector_method.hpp"
#include "pg/types/indexed_type.hpp"

namespace vectidx {

namespace {

struct BuildState {
    MemoryContext context;  // of all that is here
    Relation heap;
    Relation index;
    IndexInfo* info;
    const IndexedType* type;
    BuildOptions options;
    uint32_t dims;  // of the column
    NodeLayout layout;
    VectorSpace space;
    MemoryContext rows_context;  // of `rows`
    Arena rows_arena;
    Rows* rows;                 // nullptr once they are in `parted`
    PartedBuild* parted;        // of all rows when they do not fit into the limit; else nullptr
    MemoryBuildParams build;    // for as many rows as fit
    MemoryContext row_context;  // of one row, reset after it
    VectorBuffer rotated;       // [padded]
    int16_t* values;            // [words]
    size_t limit;               // bytes of memory for the rows and their graph
    double indexed;             // rows that went into the index
};

void check_options(const BuildOptions& options) {
    if (options.ef_construction < 2 * options.m)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("ef_construction must be greater than or equal to 2 * m"),
                 errdetail("ef_construction is %u, m is %u.", options.ef_construction, options.m)));
}

// Threads beside the backend's own are what pgvector's workers are. Tools look for its words.
void report_threads(const BuildState* b) {
    if (b->build.threads > 1 && pgvector_method_name(b->index) != nullptr)
        ereport(DEBUG1, (errmsg("using %u parallel workers", b->build.threads - 1)));
}

void build_collected(BuildState* b) {
    b->build.threads = build_threads(b->options.parallel_insert_threshold, b->rows->size());
    report_threads(b);
    build_graph({b->index, kMetaBlock}, *b->rows, b->space, b->layout, b->build);
    MemoryContextDelete(b->rows_context);
    b->rows = nullptr;
}

size_t megabytes(size_t bytes) {
    return (bytes >> 20) + 1;
}

// The rows of the table are an estimate, and those of a partial index are fewer.
void report_memory(const BuildState* b) {
    const char* method = pgvector_method_name(b->index);
    const bool hnsw = method != nullptr && std::strcmp(method, "hnsw") == 0;
    BlockNumber pages;
    double rows, visible;
    estimate_rel_size(b->heap, nullptr, &pages, &rows, &visible);
    const double likely = std::clamp(rows, 1.0 + b->rows->size(), 4e9);
    ereport(
        NOTICE,
        (hnsw ? errmsg("hnsw graph no longer fits into maintenance_work_mem after %u tuples",
                       b->rows->size())
              : errmsg("the graph no longer fits into maintenance_work_mem after %u rows",
                       b->rows->size()),
         errdetail("The graph is built in parts on temporary files."),
         errhint("Increase maintenance_work_mem to speed up builds; a row takes about %zu bytes, "
                 "and the table has about %.0f rows, which take %zu MB.",
                 build_row_bytes(*b->rows, b->layout, b->build), likely,
                 megabytes(build_bytes(static_cast<uint32_t>(likely), b->layout, b->build)))));
}

void collect_row(BuildState* b, const StoredVector& x, HeapTid tid) {
    if (b->parted != nullptr) return b->parted->add(x, tid);
    b->rows->add(x, tid);
    if (build_bytes(*b->rows, b->layout, b->build) <= b->limit) return;
    report_memory(b);
    const MemoryContext before = MemoryContextSwitchTo(b->context);
    b->parted = new (palloc(sizeof(PartedBuild)))
        PartedBuild({b->index, kMetaBlock}, b->space, b->layout, b->build);
    MemoryContextSwitchTo(before);
    b->parted->add(*b->rows);
    MemoryContextDelete(b->rows_context);
    b->rows = nullptr;
}

void build_parts(BuildState* b) {
    report_threads(b);
    const PartedResult result = b->parted->finish(b->limit);
    ereport(LOG, (errmsg("built the graph of index \"%s\" in %u parts on temporary files",
                         RelationGetRelationName(b->index), result.parts),
                  errdetail("Its " UINT64_FORMAT " nodes would have fit into a "
                            "maintenance_work_mem of %zu MB.",
                            result.nodes, megabytes(result.memory))));
}

// Encodes a vector into values that stay until the row is done. Returns false for one that is left
// out.
bool encode_vector(BuildState* b, const IndexedValue& x, StoredVector* stored) {
    const RotatedVector prepared = prepare_value(b->space, x, b->rotated);
    if (!prepared.usable) return false;
    int16_t* values = b->values;
    if (b->type->arrays) values = static_cast<int16_t*>(palloc(b->layout.words * sizeof(int16_t)));
    *stored = b->space.store(b->layout, prepared, values);
    return true;
}

extern "C" void build_callback(Relation, ItemPointer tid, Datum* values, bool* isnull, bool,
                               void* arg) {
    auto* b = static_cast<BuildState*>(arg);
    if (isnull[0]) return;
    const MemoryContext before = MemoryContextSwitchTo(b->row_context);
    const ValueVectors vectors = vectors_of(*b->type, PointerGetDatum(PG_DETOAST_DATUM(values[0])));
    HeapTid heap_tid;
    memcpy(&heap_tid, tid, sizeof(heap_tid));
    RowVectors distinct(b->layout, b->row_context);
    bool indexed = false;
    for (int i = 0; i < vectors.count; ++i) {
        StoredVector x;
        if (!encode_vector(b, indexed_value(*b->type, vectors.datums[i], b->dims), &x)) continue;
        indexed = true;
        if (b->type->arrays && !distinct.add(x)) continue;
        collect_row(b, x, heap_tid);
    }
    b->indexed += indexed;
    MemoryContextSwitchTo(before);
    MemoryContextReset(b->row_context);
}

// Bit strings are stored unchanged, whatever the options say.
IndexDesign design_index(const IndexedType& type, uint32_t dims, const BuildOptions& options,
                         const float* center) {
    const bool bits = compares_bits(type.metric);
    return {type.metric,
            type.element_type,
            dims,
            graph_dims(type, dims),
            options.m,
            options.ef_construction,
            options.algorithm,
            options.alpha,
            options.codes && !bits,
            bits ? Storage::Binary : options.storage,
            embedding_error(type, dims),
            center};
}

BuildState begin_build(Relation heap, Relation index, IndexInfo* info) {
    const BuildOptions options = build_options(index);
    check_options(options);
    const IndexedType& type = indexed_type(index);
    const uint32_t dims = index_dims(index, type);

    start_phase(BuildPhase::Sampling, 0);
    const float* center = sample_center(heap, index, info, type, dims);
    const IndexDesign design = design_index(type, dims, options, center);
    create_index_pages(index, MAIN_FORKNUM, design);
    const CurrentMeta meta(index);
    const NodeLayout& layout = meta.layout();
    const MemoryBuildParams build = memory_build_params(
        meta.header(), build_threads(options.parallel_insert_threshold, UINT32_MAX));
    Arena arena = context_arena(CurrentMemoryContext);
    const VectorSpace space(design.metric, design.dims, meta.header().seed, center, 0.0f, arena,
                            design.embedding_error);
    const MemoryContext rows_context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx rows", ALLOCSET_DEFAULT_SIZES);
    return {CurrentMemoryContext,
            heap,
            index,
            info,
            &type,
            options,
            dims,
            layout,
            space,
            rows_context,
            context_arena(rows_context),
            nullptr,
            nullptr,
            build,
            AllocSetContextCreate(CurrentMemoryContext, "vectidx row", ALLOCSET_DEFAULT_SIZES),
            VectorBuffer(arena, layout.padded),
            arena.alloc<int16_t>(layout.words),
            static_cast<size_t>(maintenance_work_mem) * 1024,
            0};
}

}  // namespace

extern "C" {

IndexBuildResult* vectidx_build(Relation heap, Relation index, IndexInfo* info) {
    if (RelationGetNumberOfBlocks(index) != 0)
        elog(ERROR, "index \"%s\" already contains data", RelationGetRelationName(index));
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx build", ALLOCSET_DEFAULT_SIZES);
    const MemoryContext before = MemoryContextSwitchTo(context);
    BuildState b = begin_build(heap, index, info);
    b.rows = new (MemoryContextAlloc(b.rows_context, sizeof(Rows))) Rows(b.layout, b.rows_arena);

    start_phase(BuildPhase::ScanningTable, 0);
    const double scanned =
        table_index_build_scan(heap, index, info, true, true, build_callback, &b, nullptr);
    if (b.parted != nullptr)
        build_parts(&b);
    else
        build_collected(&b);
    recalibrate({index, kMetaBlock}, WriteMode::Building,
                build_threads(b.options.parallel_insert_threshold, UINT32_MAX));
    start_phase(BuildPhase::Logging, 0);
    log_fork(index, MAIN_FORKNUM);

    MemoryContextSwitchTo(before);
    auto* result = static_cast<IndexBuildResult*>(palloc0(sizeof(IndexBuildResult)));
    result->heap_tuples = scanned;
    result->index_tuples = b.indexed;
    MemoryContextDelete(context);
    return result;
}

void vectidx_build_empty(Relation index) {
    const BuildOptions options = build_options(index);
    const IndexedType& type = indexed_type(index);
    create_index_pages(index, INIT_FORKNUM,
                       design_index(type, index_dims(index, type), options, nullptr));
    log_fork(index, INIT_FORKNUM);
}

char* vectidx_build_phase(int64 phase) {
    return const_cast<char*>(build_phase_name(phase));
}
}

}  // namespace vectidx
