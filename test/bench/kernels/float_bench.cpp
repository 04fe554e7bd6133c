// The distances of the operators.
#include <vector>

#include "core/base/random.hpp"
#include "core/distance/float_kernels.hpp"

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

template <class Distance>
void run(benchmark::State& state, size_t dims, Distance&& distance) {
    const std::vector<float> query = random_floats(dims), vectors = random_floats(kVectors * dims);
    measure(state, dims * sizeof(float), [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(distance(query.data(), vectors.data() + i * dims, dims));
    });
}

bool register_all() {
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
