// Compiled with exceptions; see hnswlib_adapter.hpp.
#include "core/construct/hnswlib_adapter.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <hnswlib/hnswlib.h>
#include <memory>
#include <new>

#include "core/base/huge_pages.hpp"

namespace vectidx {

namespace {

using Graph = hnswlib::HierarchicalNSW<float>;

class PackedSpace final : public hnswlib::SpaceInterface<float> {
  public:
    explicit PackedSpace(const PackedVectors& packed) : packed_(packed) {}
    size_t get_data_size() override { return packed_.size(); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return packed_.distance_fn(); }
    void* get_dist_func_param() override { return const_cast<PackedVectors*>(&packed_); }

  private:
    const PackedVectors& packed_;
};

struct Build {
    const PackedVectors& packed;
    Graph& graph;
    std::unique_ptr<char[]> scratch;  // one packed vector per thread
    std::atomic_flag failed = ATOMIC_FLAG_INIT;
    Status status = Status::Ok;
    char* failure;
    size_t failure_size;
};

// Called in a catch block: turns what is flying into a status and a text.
Status describe_exception(char* failure, size_t failure_size) noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return Status::OutOfMemory;
    } catch (const std::exception& e) {
        std::strncpy(failure, e.what(), failure_size - 1);
        failure[failure_size - 1] = '\0';
        // hnswlib reports a failed malloc as a runtime_error of its own.
        return std::strstr(failure, "Not enough memory") != nullptr ? Status::OutOfMemory
                                                                    : Status::Failed;
    } catch (...) {
        return Status::Failed;
    }
}

bool add_rows(Build& build, size_t first, size_t last, unsigned worker) noexcept {
    try {
        char* packed_vector = build.scratch.get() + worker * build.packed.size();
        for (size_t i = first; i < last; ++i) {
            build.packed.write(static_cast<uint32_t>(i), packed_vector);
            build.graph.addPoint(packed_vector, i);
        }
        return true;
    } catch (...) {
        if (!build.failed.test_and_set())
            build.status = describe_exception(build.failure, build.failure_size);
        return false;
    }
}

void copy_out(const Graph& graph, RawGraph* out) {
    for (uint32_t internal = 0; internal < out->rows; ++internal) {
        const auto row = static_cast<uint32_t>(graph.getExternalLabel(internal));
        unsigned int* list = graph.get_linklist0(internal);
        const uint32_t count =
            std::min<uint32_t>(*reinterpret_cast<unsigned short*>(list), out->stride);
        for (uint32_t k = 0; k < count; ++k)
            out->ids[size_t{row} * out->stride + k] =
                static_cast<uint32_t>(graph.getExternalLabel(list[1 + k]));
        out->count[row] = static_cast<uint8_t>(count);
        out->level[row] = static_cast<uint8_t>(std::min(graph.element_levels_[internal], 255));
    }
}

Status build(const PackedVectors& packed, uint32_t rows, uint32_t m, uint32_t ef_construction,
             unsigned threads, Poll poll, RawGraph* out, char* failure, size_t failure_size) {
    constexpr size_t kSeed = 100;  // hnswlib's default: a serial build is reproducible
    constexpr size_t kChunk = 16;
    PackedSpace space(packed);
    Graph graph(&space, rows, m, ef_construction, kSeed);
    // hnswlib prefetches by one link more than a list has: give the upper lists room for it.
    graph.size_links_per_element_ += sizeof(hnswlib::tableint);
    use_huge_pages(graph.data_level0_memory_, rows * graph.size_data_per_element_);
    Build state{packed,      graph,      std::make_unique<char[]>((threads + 1) * packed.size()),
                {},          Status::Ok, failure,
                failure_size};
    // The first packed vector must be in before others can be inserted beside each other.
    if (!add_rows(state, 0, 1, 0)) return state.status;
    const auto body = [&](size_t first, size_t last, unsigned worker) {
        return add_rows(state, first + 1, last + 1, worker);
    };
    switch (parallel_for(threads, rows - 1, kChunk, body, poll)) {
        case Parallel::Failed:
            return state.status;
        case Parallel::Stopped:
            return Status::Canceled;
        case Parallel::Done:
            break;
    }
    copy_out(graph, out);
    return Status::Ok;
}

}  // namespace

Status build_hnsw(const PackedVectors& packed, uint32_t rows, uint32_t m, uint32_t ef_construction,
                  unsigned threads, Poll poll, RawGraph* graph, char* failure,
                  size_t failure_size) noexcept {
    failure[0] = '\0';
    graph->rows = rows;
    if (rows == 0) return Status::Ok;
    try {
        return build(packed, rows, m, ef_construction, threads, poll, graph, failure, failure_size);
    } catch (...) {
        return describe_exception(failure, failure_size);
    }
}

size_t hnsw_bytes(size_t element_size, uint32_t rows, uint32_t m) {
    // Base-layer links, packed vector and label; the mutex, level and list pointer; the label's
    // hash entry; the visited marks; upper layers of m links for one row in m - 1.
    const size_t links = (2 * size_t{m} + 1) * sizeof(uint32_t);
    const size_t upper = (size_t{m} + 2) * sizeof(uint32_t) / (m > 2 ? m - 1 : 1) + 8;
    return rows * (links + element_size + 8 + 40 + 4 + 8 + 40 + 2 + upper);
}

}  // namespace vectidx
