// Distances to stored vectors: of a search (float query) and of a build (int8 by int8).
#include <vector>

#include "core/base/random.hpp"
#include "core/simd/fixed_kernels.hpp"
#include "core/vector/fixed_point.hpp"

#include "kernel_bench.hpp"
#include "plain_loops.hpp"

namespace vectidx::bench {

namespace {

struct Data {
    std::vector<float> query;
    std::vector<int16_t> values;
    std::vector<int8_t> high;
    std::vector<uint8_t> low;

    explicit Data(size_t dims)
        : query(dims), values(kVectors * dims), high(values.size()), low(values.size()) {
        Random random(dims);
        for (float& x : query)
            x = static_cast<float>(random.below(2000)) - 1000.0f;
        for (int16_t& v : values)
            v = static_cast<int16_t>(static_cast<int>(random.below(65025)) - 32512);
        fixed_split(values.data(), values.size(), high.data(), low.data());
    }
};

constexpr float kScale = 0.03f;

void whole(benchmark::State& state, size_t dims) {
    const Data d(dims);
    const FixedKernels& kernels = fixed_kernels();
    measure(state, 2 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(
                kernels.l2_squared(d.query.data(), d.values.data() + i * dims, kScale, dims));
    });
}

void high(benchmark::State& state, size_t dims) {
    const Data d(dims);
    const FixedKernels& kernels = fixed_kernels();
    measure(state, dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(
                kernels.l2_squared_high(d.query.data(), d.high.data() + i * dims, kScale, dims));
    });
}

void split(benchmark::State& state, size_t dims) {
    const Data d(dims);
    const FixedKernels& kernels = fixed_kernels();
    measure(state, 2 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(kernels.l2_squared_split(
                d.query.data(), d.high.data() + i * dims, d.low.data() + i * dims, kScale, dims));
    });
}

template <class Dot>
void int8_dot(benchmark::State& state, size_t dims, Dot&& dot) {
    const Data d(dims);
    measure(state, dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(dot(d.high.data(), d.high.data() + i * dims, dims));
    });
}

template <class Decode>
void decode_high(benchmark::State& state, size_t dims, Decode&& decode) {
    const Data d(dims);
    std::vector<float> out(dims);
    measure(state, dims, [&] {
        for (size_t i = 0; i < kVectors; ++i) {
            decode(d.high.data() + i * dims, kScale, dims, out.data());
            benchmark::DoNotOptimize(out.data());
            benchmark::ClobberMemory();
        }
    });
}

bool register_all() {
    add_kernel("fixed/whole", whole);
    add_kernel("fixed/high", high);
    add_kernel("fixed/split", split);
    add_kernel("fixed/dot_high", [](benchmark::State& state, size_t dims) {
        int8_dot(state, dims, fixed_kernels().dot_high);
    });
    add_kernel("fixed/decode_high", [](benchmark::State& state, size_t dims) {
        decode_high(state, dims, fixed_kernels().decode_high);
    });
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3}) {
        add_plain("fixed/whole", plain->options, [plain](benchmark::State& state, size_t dims) {
            const Data d(dims);
            measure(state, 2 * dims, [&] {
                for (size_t i = 0; i < kVectors; ++i)
                    benchmark::DoNotOptimize(
                        plain->fixed_l2(d.query.data(), d.values.data() + i * dims, kScale, dims));
            });
        });
        add_plain("fixed/dot_high", plain->options, [plain](benchmark::State& state, size_t dims) {
            int8_dot(state, dims, plain->int8_dot);
        });
        add_plain("fixed/decode_high", plain->options,
                  [plain](benchmark::State& state, size_t dims) {
                      decode_high(state, dims, plain->decode_high);
                  });
    }
    return true;
}

[[maybe_unused]] const bool kRegistered = register_all();

}  // namespace

}  // namespace vectidx::bench
