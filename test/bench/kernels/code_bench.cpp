// Neighbor codes: encoding them, and estimating a whole list from them.
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/random.hpp"
#include "core/simd/code_kernels.hpp"
#include "core/vector/neighbor_code.hpp"

#include "kernel_bench.hpp"
#include "plain_loops.hpp"

namespace vectidx::bench {

namespace {

constexpr size_t kDegree = 32;
static_assert(kVectors % kDegree == 0);

// An arena whose blocks live as long as the process.
void* allocate(void*, size_t bytes) {
    return std::malloc(bytes);
}
void release(void*, void*) {}

struct Data {
    Arena arena{allocate, release, nullptr};
    std::vector<float> vectors, add, out;
    std::vector<uint64_t> codes;
    std::vector<Bfloat16> scale;

    explicit Data(size_t dims)
        : vectors((kVectors + 1) * dims),
          add(kVectors),
          out(kVectors),
          codes(kVectors * dims / 64),
          scale(kVectors) {
        Random random(dims);
        for (float& x : vectors)
            x = static_cast<float>(random.below(2000)) - 1000.0f;
        for (size_t i = 0; i < kVectors; ++i) {
            const NeighborTerms terms =
                encode_neighbor(vectors.data() + kVectors * dims, vectors.data() + i * dims, dims,
                                dims, 0.0f, codes.data() + i * dims / 64);
            add[i] = terms.add;
            scale[i] = terms.scale;
        }
    }
};

void encode(benchmark::State& state, size_t dims) {
    Data d(dims);
    measure(state, 4 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(encode_neighbor(d.vectors.data() + kVectors * dims,
                                                     d.vectors.data() + i * dims, dims, dims, 0.0f,
                                                     d.codes.data() + i * dims / 64));
    });
}

// Lists of kDegree neighbors, as a search meets them.
void estimate(benchmark::State& state, size_t dims) {
    Data d(dims);
    const QueryPlanes planes(d.vectors.data(), dims, d.arena);
    measure(state, dims / 8 + 6, [&] {
        for (size_t i = 0; i < kVectors; i += kDegree)
            planes.estimate(d.codes.data() + i * dims / 64, d.add.data() + i, d.scale.data() + i,
                            kDegree, 5.0f, d.out.data() + i);
        benchmark::DoNotOptimize(d.out.data());
    });
}

// Making the planes of a query.
void planes(benchmark::State& state, size_t dims) {
    Data d(dims);
    std::vector<uint64_t> block(QueryPlanes::kPlanes * dims / 64);
    Arena arena([](void* self, size_t) -> void* { return self; }, release, block.data());
    measure(state, 4 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i) {
            const QueryPlanes query(d.vectors.data() + i * dims, dims, arena);
            benchmark::DoNotOptimize(&query);
        }
    });
}

void signed_sum(benchmark::State& state, size_t dims) {
    Data d(dims);
    const CodeKernels& kernels = code_kernels();
    measure(state, dims / 8, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(
                kernels.signed_sum(d.vectors.data(), d.codes.data() + i * dims / 64, dims / 64));
    });
}

template <class Hamming>
void hamming(benchmark::State& state, size_t dims, Hamming&& distance) {
    Data d(dims);
    measure(state, dims / 8, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(
                distance(d.codes.data(), d.codes.data() + i * dims / 64, dims / 64));
    });
}

bool register_all() {
    add_kernel("code/encode", encode);
    add_kernel("code/estimate", estimate);
    add_kernel("code/query_planes", planes);
    add_kernel("code/signed_sum", signed_sum);
    add_kernel("code/hamming", [](benchmark::State& state, size_t dims) {
        hamming(state, dims, code_kernels().hamming);
    });
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3}) {
        add_plain("code/hamming", plain->options, [plain](benchmark::State& state, size_t dims) {
            hamming(state, dims, plain->hamming);
        });
        // The signs alone: less than encode does.
        add_plain("code/encode", plain->options, [plain](benchmark::State& state, size_t dims) {
            Data d(dims);
            measure(state, 4 * dims, [&] {
                for (size_t i = 0; i < kVectors; ++i)
                    plain->signs(d.vectors.data() + kVectors * dims, d.vectors.data() + i * dims,
                                 dims, d.codes.data() + i * dims / 64);
                benchmark::DoNotOptimize(d.codes.data());
            });
        });
    }
    return true;
}

[[maybe_unused]] const bool kRegistered = register_all();

}  // namespace

}  // namespace vectidx::bench
