#include "pg/construct/memory_build.hpp"

#include <algorithm>
#include <unistd.h>

#include "core/construct/hnswlib_adapter.hpp"
#include "core/construct/leaves.hpp"
#include "core/construct/lists.hpp"
#include "core/construct/vamana.hpp"

#include "pg/construct/graph_writer.hpp"
#include "pg/construct/progress.hpp"
#include "pg/memory.hpp"
#include "pg/pages/node_store.hpp"

namespace vectidx {

namespace {

// 2m neighbors, or as many as the pages have room for.
VamanaParams vamana_params(const MemoryBuildParams& params, const NodeLayout& layout) {
    return {std::min(2 * params.m, layout.degree()), params.ef_construction, params.alpha,
            params.threads};
}

LeavesParams leaves_params(const MemoryBuildParams& params, const NodeLayout& layout) {
    return {params.m, std::min(2 * params.m, layout.degree()), params.threads};
}

uint32_t raw_stride(const MemoryBuildParams& params, const NodeLayout& layout) {
    switch (params.algorithm) {
        case Algorithm::Vamana:
            return vamana_stride(vamana_params(params, layout).degree);
        case Algorithm::Leaves:
            return leaves_params(params, layout).degree;
        case Algorithm::Hnsw:
            break;
    }
    return 2 * params.m;
}

RawGraph alloc_raw_graph(uint32_t rows, uint32_t stride, bool has_order, Arena& arena) {
    RawGraph raw{rows, stride, nullptr, nullptr, nullptr};
    raw.ids = arena.alloc<uint32_t>(size_t{rows} * raw.stride);
    raw.count = arena.alloc<uint8_t>(rows);
    raw.level = arena.alloc<uint8_t>(rows);
    if (has_order) raw.order = arena.alloc<uint32_t>(rows);
    return raw;
}

// How often a row counts as done.
uint32_t build_passes(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::Vamana:
            return kVamanaPasses;
        case Algorithm::Leaves:
            return kLeavesPhases;
        case Algorithm::Hnsw:
            break;
    }
    return 1;
}

void run_hnsw(const PackedVectors& packed, const MemoryBuildParams& params, RawGraph* raw) {
    char failure[256];
    const Status status = build_hnsw(packed, raw->rows, params.m, params.ef_construction,
                                     params.threads, build_poll(), raw, failure, sizeof(failure));
    switch (status) {
        case Status::Ok:
            return;
        case Status::Canceled:
            return leave_if_stopped(Parallel::Stopped);
        case Status::OutOfMemory:
            ereport(ERROR,
                    (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                     errdetail("Failed while building a graph of %u nodes.", raw->rows),
                     errhint("Lower maintenance_work_mem, so that the graph is built in pages "
                             "earlier.")));
        default:
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                            errmsg("could not build the graph: %s", failure)));
    }
}

// Of rows [0, count), the one nearest to the center of the space: Vamana's medoid, and no worse a
// root than another. Bit strings have no center.
NodeId middle_row(const Rows& rows, uint32_t count, uint32_t padded) {
    if (rows.layout().storage() == Storage::Binary) return 0;
    NodeId best = 0;
    double least = -1;
    for (uint32_t i = 0; i < count; ++i) {
        int64_t squares = 0;
        for (uint32_t j = 0; j < padded; ++j)
            squares += rows.high(i)[j] * rows.high(i)[j];
        const double scale = static_cast<double>(rows.row(i).scale);
        const double norm2 = scale * scale * static_cast<double>(squares);
        if (least < 0 || norm2 < least) {
            least = norm2;
            best = i;
        }
    }
    return best;
}

float largest_norm2(const Rows& rows) {
    float largest = 0.0f;
    for (uint32_t i = 0; i < rows.size(); ++i)
        largest = std::max(largest, rows.row(i).norm2);
    return largest;
}

// What the algorithm takes beside the rows and the raw lists.
size_t algorithm_bytes(uint32_t rows, size_t packed_vector, const NodeLayout& layout,
                       const MemoryBuildParams& params) {
    const bool bits = layout.storage() == Storage::Binary;
    switch (params.algorithm) {
        case Algorithm::Vamana:
            return vamana_bytes(packed_vector, rows, vamana_params(params, layout));
        case Algorithm::Leaves:
            return leaves_bytes({PackedVectors::form_of(bits, layout.padded), layout.padded},
                                packed_vector, rows, leaves_params(params, layout));
        case Algorithm::Hnsw:
            break;
    }
    return hnsw_bytes(packed_vector, rows, params.m);
}

// What building takes beside the rows, at its peak.
size_t graph_bytes(uint32_t rows, const NodeLayout& layout, const MemoryBuildParams& params) {
    const size_t n = rows;
    // More than the leaves can number do not fit in any memory.
    if (params.algorithm == Algorithm::Leaves && n >= kMostLeavesRows) return SIZE_MAX;
    const size_t packed_vector = 16 + (layout.padded > 64 ? layout.padded : 4 * layout.padded);
    const size_t raw = n * (raw_stride(params, layout) * sizeof(uint32_t) + 2) +
                       (params.algorithm == Algorithm::Leaves ? n * sizeof(uint32_t) : 0);
    const size_t lists = n * (layout.degree() * sizeof(NodeId) + 2 + (layout.degree() + 7) / 8);
    const size_t tree = n * (2 * sizeof(NodeId) + 1);
    const size_t graph = algorithm_bytes(rows, packed_vector, layout, params);
    return n * 16 + raw + std::max(graph, lists + tree);
}

}  // namespace

int64 build_steps(const MemoryBuildParams& params) {
    return int64{build_passes(params.algorithm)} + 2;
}

BuiltLists build_lists(const Rows& rows, uint32_t spanned, const VectorSpace& space,
                       const NodeLayout& layout, const MemoryBuildParams& params, Arena& arena,
                       StartStep start_step) {
    const PackedVectors packed(rows, space, layout.padded, arena);
    const NodeId middle = middle_row(rows, spanned, layout.padded);
    RawGraph raw = alloc_raw_graph(rows.size(), raw_stride(params, layout),
                                   params.algorithm == Algorithm::Leaves, arena);
    start_step(BuildPhase::BuildingGraph, int64{rows.size()} * build_passes(params.algorithm));
    switch (params.algorithm) {
        case Algorithm::Hnsw:
            run_hnsw(packed, params, &raw);
            break;
        case Algorithm::Vamana:
            leave_if_stopped(build_vamana(packed, middle, vamana_params(params, layout), arena,
                                          build_poll(), &raw));
            break;
        case Algorithm::Leaves:
            leave_if_stopped(
                build_leaves(packed, leaves_params(params, layout), arena, build_poll(), &raw));
            break;
    }

    start_step(BuildPhase::CompletingLists, rows.size());
    Lists lists = alloc_lists(rows.size(), layout.degree(), arena);
    leave_if_stopped(
        complete_lists(raw, spanned, packed, params.threads, arena, build_poll(), &lists));
    arena.free(raw.ids);
    build_spanning_tree(middle, spanned, arena, &lists);
    return {lists, raw.level};
}

void build_graph(const GraphTarget& target, const Rows& rows, const VectorSpace& space,
                 const NodeLayout& layout, const MemoryBuildParams& params) {
    if (rows.size() == 0) return;
    const MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "vectidx graph", ALLOCSET_DEFAULT_SIZES);
    Arena arena = context_arena(context);
    VectorSpace graph_space = space;
    const float max_norm2 = largest_norm2(rows);
    graph_space.set_max_norm2(max_norm2);
    const BuiltLists built =
        build_lists(rows, rows.size(), graph_space, layout, params, arena,
                    [](BuildPhase phase, int64 total) { start_phase(phase, total); });
    write_graph(target, {layout, rows, built.lists, built.levels, max_norm2}, params.threads,
                context);
    MemoryContextDelete(context);
}

MemoryBuildParams memory_build_params(const MetaHeader& header, unsigned threads) {
    return {header.algorithm, header.alpha, header.m, header.ef_construction, threads};
}

unsigned build_threads(uint32_t threshold, uint32_t rows) {
    if (rows < threshold) return 1;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const long wanted = 1 + static_cast<long>(max_parallel_maintenance_workers);
    return static_cast<unsigned>(std::max(1L, std::min(wanted, processors)));
}

size_t build_row_bytes(const Rows& rows, const NodeLayout& layout,
                       const MemoryBuildParams& params) {
    const size_t beside = build_bytes(rows, layout, params) - rows.bytes() - rows.next_bytes();
    return rows.row_bytes() + beside / std::max(1u, rows.size());
}

size_t build_bytes(const Rows& rows, const NodeLayout& layout, const MemoryBuildParams& params) {
    const size_t graph = graph_bytes(rows.size(), layout, params);
    return graph == SIZE_MAX ? graph : rows.bytes() + rows.next_bytes() + graph;
}

size_t build_bytes(uint32_t rows, const NodeLayout& layout, const MemoryBuildParams& params) {
    const size_t graph = graph_bytes(rows, layout, params);
    return graph == SIZE_MAX ? graph : Rows::bytes_for(layout, rows) + graph;
}

}  // namespace vectidx
