// The distances between bit strings. The dimensions are bits.
#include <vector>

#include "core/base/random.hpp"
#include "core/simd/bit_kernels.hpp"

#include "kernel_bench.hpp"
#include "plain_loops.hpp"

namespace vectidx::bench {

namespace {

template <class Distance>
void run(benchmark::State& state, size_t bits, Distance&& distance) {
    const size_t bytes = bits / 8;
    Random random(bits);
    std::vector<uint8_t> query(bytes), strings(kVectors * bytes);
    for (std::vector<uint8_t>* all : {&query, &strings})
        for (uint8_t& byte : *all)
            byte = static_cast<uint8_t>(random.below(256));
    measure(state, bytes, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(distance(query.data(), strings.data() + i * bytes, bytes));
    });
}

bool register_all() {
    add_kernel("bit/hamming", [](benchmark::State& state, size_t bits) {
        run(state, bits, bit_kernels().hamming);
    });
    add_kernel("bit/jaccard", [](benchmark::State& state, size_t bits) {
        run(state, bits, bit_kernels().overlap);
    });
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3}) {
        add_plain("bit/hamming", plain->options, [plain](benchmark::State& state, size_t bits) {
            run(state, bits, plain->bit_hamming);
        });
        add_plain("bit/jaccard", plain->options, [plain](benchmark::State& state, size_t bits) {
            run(state, bits, plain->bit_jaccard);
        });
    }
    return true;
}

[[maybe_unused]] const bool kRegistered = register_all();

}  // namespace

}  // namespace vectidx::bench
