// The rotation of a vector, and the fixed-point encoding that follows it.
#include <bit>
#include <cstdlib>
#include <vector>

#include "core/base/random.hpp"
#include "core/vector/fixed_point.hpp"
#include "core/vector/rotation.hpp"

#include "kernel_bench.hpp"
#include "plain_loops.hpp"

namespace vectidx::bench {

namespace {

struct Data {
    std::vector<float> factors, vectors, out;
    Arena arena;
    Rotation rotation;

    explicit Data(size_t dims)
        : factors(Rotation::kRounds * dims),
          vectors(kVectors * dims),
          out(dims),
          arena([](void* self, size_t) -> void* { return self; }, [](void*, void*) {},
                factors.data()),
          rotation(dims, 42, arena) {
        Random random(dims);
        for (float& x : vectors)
            x = static_cast<float>(random.below(2000)) - 1000.0f;
    }
};

void rotate(benchmark::State& state, size_t dims) {
    Data d(dims);
    measure(state, 4 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i) {
            d.rotation.apply(d.vectors.data() + i * dims, d.out.data());
            benchmark::DoNotOptimize(d.out.data());
        }
    });
}

void encode(benchmark::State& state, size_t dims) {
    const Data d(dims);
    std::vector<int16_t> values(dims);
    measure(state, 4 * dims, [&] {
        for (size_t i = 0; i < kVectors; ++i)
            benchmark::DoNotOptimize(
                fixed_encode(d.vectors.data() + i * dims, dims, values.data()));
    });
}

bool register_all() {
    add_kernel("rotation/apply", rotate);
    add_plain("rotation/fixed_encode", "", encode);
    for (const PlainLoops* plain : {&kPlainO2, &kPlainO3})
        // Four transforms, without the signs.
        add_plain("rotation/apply", plain->options, [plain](benchmark::State& state, size_t dims) {
            std::vector<float> x(dims);
            measure(state, 4 * dims, [&] {
                for (size_t i = 0; i < kVectors; ++i)
                    for (size_t round = 0; round < Rotation::kRounds; ++round)
                        plain->hadamard(x.data(), std::bit_floor(dims));
                benchmark::DoNotOptimize(x.data());
            });
        });
    return true;
}

[[maybe_unused]] const bool kRegistered = register_all();

}  // namespace

}  // namespace vectidx::bench
