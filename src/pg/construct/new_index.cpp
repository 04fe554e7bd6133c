#include "pg/construct/new_index.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/vector/power_transform.hpp"

#include "pg/pages/wal.hpp"

namespace vectidx {

namespace {

// One seed for all: a rotation need not be secret, and equal inputs give equal indexes.
constexpr uint64_t kRotationSeed = 0x7665637469647831;

MetaHeader first_header(const IndexDesign& design) {
    MetaHeader h{};
    h.version = 1;
    h.format = kIndexFormat;
    h.metric = design.metric;
    h.element_type = design.element_type;
    h.storage = design.storage;
    h.algorithm = design.algorithm;
    h.alpha = design.alpha;
    h.m = static_cast<uint16_t>(design.m);
    h.ef_construction = design.ef_construction;
    h.choice = choose_layout(design.dims, design.m, design.codes, design.storage);
    h.seed = kRotationSeed;
    h.center_block = design.center != nullptr ? kMetaBlock + 1 : kNoBlock;
    h.column_dims = design.column_dims != design.dims ? design.column_dims : 0;
    h.generation = h.last_generation = 1;
    h.embedding_error = design.embedding_error;
    h.tids_block = kNoBlock;
    h.calibration = default_calibration();
    h.pending_head = h.pending_tail = h.pending_spare = kNoBlock;
    return h;
}

Buffer new_block(Relation index, ForkNumber fork) {
    const BlockNumber block = extend_relation(index, fork, 1, false);
    const Buffer buffer = ReadBufferExtended(index, fork, block, RBM_NORMAL, nullptr);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    return buffer;
}

void write_center(Relation index, ForkNumber fork, const float* center, uint32_t dims) {
    constexpr uint32_t kPerPage = kPagePayload / sizeof(float);
    for (uint32_t from = 0; from < dims; from += kPerPage) {
        const size_t bytes = std::min(kPerPage, dims - from) * sizeof(float);
        const Buffer buffer = new_block(index, fork);
        PageWrite write(index, WriteMode::Building);
        char* page = write.create(buffer, {PageKind::Center, 0, from});
        std::memcpy(page + kPayloadAt, center + from, bytes);
        set_page_end(page, static_cast<uint32_t>(kPayloadAt + bytes));
        write.commit();
        UnlockReleaseBuffer(buffer);
    }
}

constexpr BlockNumber kSampledBlocks = 64;

struct Mean {
    const IndexedType* type;
    uint32_t dims;        // of the column
    uint32_t graph_dims;  // of the floats
    bool power_transformed;
    uint64_t rows;
    double* sum;  // [graph_dims]
    MemoryContext row_context;
};

void add_to_mean(Mean* mean, const float* x) {
    double factor = 1.0;
    if (mean->power_transformed) {
        auto* power_transformed = static_cast<float*>(palloc(mean->graph_dims * sizeof(float)));
        power_transform(x, mean->graph_dims, power_transformed);
        x = power_transformed;
    } else if (mean->type->metric == Metric::Cosine) {
        double norm2 = 0;
        for (uint32_t j = 0; j < mean->graph_dims; ++j)
            norm2 += static_cast<double>(x[j]) * static_cast<double>(x[j]);
        if (!(norm2 > 0)) return;
        factor = 1.0 / std::sqrt(norm2);
    }
    for (uint32_t j = 0; j < mean->graph_dims; ++j)
        mean->sum[j] += factor * static_cast<double>(x[j]);
    ++mean->rows;
}

extern "C" void mean_callback(Relation, ItemPointer, Datum* values, bool* isnull, bool, void* arg) {
    auto* mean = static_cast<Mean*>(arg);
    if (isnull[0]) return;
    const MemoryContext before = MemoryContextSwitchTo(mean->row_context);
    const ValueVectors vectors =
        vectors_of(*mean->type, PointerGetDatum(PG_DETOAST_DATUM(values[0])));
    for (int i = 0; i < vectors.count; ++i)
        add_to_mean(mean, mean->type->vector(vectors.datums[i], mean->dims).floats());
    MemoryContextSwitchTo(before);
    MemoryContextReset(mean->row_context);
}

}  // namespace

void create_index_pages(Relation index, ForkNumber fork, const IndexDesign& design) {
    const Buffer buffer = new_block(index, fork);
    Assert(BufferGetBlockNumber(buffer) == kMetaBlock);
    PageWrite write(index, WriteMode::Building);
    char* page = write.create(buffer, {PageKind::Meta, 0, 0});
    meta_of(page).header = first_header(design);
    set_page_end(page, BLCKSZ);
    write.commit();
    UnlockReleaseBuffer(buffer);
    if (design.center != nullptr) write_center(index, fork, design.center, design.dims);
}

const float* sample_center(Relation heap, Relation index, IndexInfo* info, const IndexedType& type,
                           uint32_t dims) {
    if (compares_bits(type.metric)) return nullptr;
    const uint32_t n = graph_dims(type, dims);
    const KeySpace keys(type.metric, 0.0f, embedding_error(type, dims));
    Mean mean{
        &type,
        dims,
        n,
        keys.power_transformed(),
        0,
        static_cast<double*>(palloc0(n * sizeof(double))),
        AllocSetContextCreate(CurrentMemoryContext, "vectidx sample", ALLOCSET_DEFAULT_SIZES)};
    const BlockNumber blocks = RelationGetNumberOfBlocks(heap);
    const BlockNumber step = std::max<BlockNumber>(1, blocks / kSampledBlocks);
    for (BlockNumber block = 0; block < blocks; block += step) {
        CHECK_FOR_INTERRUPTS();
        table_index_build_range_scan(heap, index, info, false, false, false, block, 1,
                                     mean_callback, &mean, nullptr);
    }
    MemoryContextDelete(mean.row_context);
    if (mean.rows == 0) return nullptr;
    auto* center = static_cast<float*>(palloc(n * sizeof(float)));
    for (uint32_t j = 0; j < n; ++j) {
        const double value = mean.sum[j] / static_cast<double>(mean.rows);
        // A mean beyond single precision would spoil what it is subtracted from.
        if (!(std::fabs(value) < 1e18)) return nullptr;
        center[j] = static_cast<float>(value);
    }
    return center;
}

}  // namespace vectidx
