// The distances of the operators, in single and in half precision, and the conversion between them.
#include <vector>

#include "core/base/random.hpp"
#include "core/simd/float_kernels.hpp"
#include "core/simd/half_conversion.hpp"

#include "kernel_bench.hpp"
#include "plain_loops.hpp"

namespace vectidx::bench {

namespace {

std::vector<float> random_floats(size_t n) {
    Random random(n);
    std::vector<float> x(n);
    for (float& value : x)
        value = static_cast<float>(random.below(2000)) - 1000.0f;
    return x;
}

std::vector<Half> random_halves(size_t n) {
    std::vector<Half> halves(n);
    half_conversion().encode(random_floats(n).data(), halves.data(), n);
    return halves;
}

template <class Element, class Distance>
void run_on(benchmark::State& state, size_t dims, const std::vector<Element>& query,
            const std::vector<Element>& vectors, Distance&& distance) {
    measure(state, dims * sizeof(Element), [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(distance(query.data(), vectors.data() + i * dims, dims));
    });
}

template <class Distance>
void run(benchmark::State& state, size_t dims, Distance&& distance) {
    run_on(state, dims, random_floats(dims), random_floats(kVectors * dims), distance);
}

template <class Distance>
void run_half(benchmark::State& state, size_t dims, Distance&& distance) {
    run_on(state, dims, random_halves(dims), random_halves(kVectors * dims), distance);
}

template <class Decode>
void run_decode(benchmark::State& state, size_t dims, Decode&& decode) {
    const std::vector<Half> halves = random_halves(kVectors * dims);
    std::vector<float> floats(dims);
    measure(state, dims * sizeof(Half), [&] {
        for (size_t i = 0; i < kVectors; ++i) {
            decode(halves.data() + i * dims, floats.data(), dims);
            benchmark::DoNotOptimize(floats.data());
            benchmark::ClobberMemory();
        }
    });
}

template <class Encode>
void run_encode(benchmark::State& state, size_t dims, Encode&& encode) {
    const std::vector<float> floats = random_floats(kVectors * dims);
    std::vector<Half> halves(dims);
    measure(state, dims * sizeof(float), [&] {
        for (size_t i = 0; i < kVectors; ++i) {
            encode(floats.data() + i * dims, halves.data(), dims);
            benchmark::DoNotOptimize(halves.data());
            benchmark::ClobberMemory();
        }
    });
}

void register_half() {
    const auto add = [](const char* name, auto member) {
        add_kernel(name, [member](benchmark::State& state, size_t dims) {
            run_half(state, dims, half_kernels().*member);
        });
    };
    add("half/l2_squared", &HalfKernels::l2_squared);
    add("half/dot", &HalfKernels::dot);
    add("half/l1", &HalfKernels::l1);
    add("half/dot_norms", &HalfKernels::dot_norms);
    add_kernel("half/decode", [](benchmark::State& state, size_t dims) {
        run_decode(state, dims, half_conversion().decode);
    });
    add_kernel("half/encode", [](benchmark::State& state, size_t dims) {
        run_encode(state, dims, half_conversion().encode);
    });
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3}) {
        add_plain("half/l2_squared", plain->options, [plain](benchmark::State& s, size_t dims) {
            run_half(s, dims, plain->half_l2_squared);
        });
        add_plain("half/decode", plain->options, [plain](benchmark::State& s, size_t dims) {
            run_decode(s, dims, plain->half_decode);
        });
        add_plain("half/encode", plain->options, [plain](benchmark::State& s, size_t dims) {
            run_encode(s, dims, plain->half_encode);
        });
    }
}

bool register_all() {
    register_half();
    const auto add = [](const char* name, auto member) {
        add_kernel(name, [member](benchmark::State& state, size_t dims) {
            run(state, dims, float_kernels().*member);
        });
    };
    add("l2_squared", &FloatKernels::l2_squared);
    add("dot", &FloatKernels::dot);
    add("l1", &FloatKernels::l1);
    add("dot_norms", &FloatKernels::dot_norms);
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3}) {
        const auto add_loop = [plain](const char* name, auto loop) {
            add_plain(name, plain->options,
                      [loop](benchmark::State& state, size_t dims) { run(state, dims, loop); });
        };
        add_loop("l2_squared", plain->l2_squared);
        add_loop("dot", plain->dot);
        add_loop("l1", plain->l1);
        add_loop("dot_norms", plain->cosine);
    }
    return true;
}

[[maybe_unused]] const bool kRegistered = register_all();

}  // namespace

}  // namespace vectidx::bench
