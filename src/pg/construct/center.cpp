#include "pg/construct/center.hpp"

#include <algorithm>
#include <cmath>

#include "core/vector/power_transform.hpp"

namespace vectidx {

namespace {

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
    add_to_mean(mean, mean->type->floats(PointerGetDatum(PG_DETOAST_DATUM(values[0])), mean->dims));
    MemoryContextSwitchTo(before);
    MemoryContextReset(mean->row_context);
}

}  // namespace

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
