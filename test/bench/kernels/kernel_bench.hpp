// Registers a kernel's benchmark for every SIMD target of this CPU, beside a plain loop.
//
// One iteration runs the kernel over kVectors vectors that fit in the second-level cache. Reported:
// the time per vector, and the bytes that the kernel reads per second.
#pragma once

#include <benchmark/benchmark.h>
#include <functional>
#include <string>

#include "core/simd/target.hpp"

namespace vectidx::bench {

constexpr size_t kVectors = 64;
constexpr size_t kDims[] = {128, 768, 1536};

// Measures `pass`, which handles kVectors vectors of `bytes` bytes each.
template <class Pass>
void measure(benchmark::State& state, size_t bytes, Pass&& pass) {
    for (auto _ : state)
        pass();
    const auto vectors = static_cast<double>(state.iterations() * kVectors);
    state.counters["per_vector"] =
        benchmark::Counter(vectors, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kVectors * bytes));
}

using Body = std::function<void(benchmark::State&, size_t dims)>;

// body: measures with the kernels in use.
inline void add_kernel(const std::string& name, Body body) {
    const SimdTargets targets = simd_targets();
    for (size_t dims : kDims)
        for (size_t i = 0; i < targets.count; ++i) {
            const char* target = targets.name[i];
            const std::string full = name + "/" + std::to_string(dims) + "/" + target;
            benchmark::RegisterBenchmark(full.c_str(), [body, dims, target](benchmark::State& s) {
                simd_use(target);
                body(s, dims);
                simd_use(nullptr);
            });
        }
}

// A plain loop to compare with, compiled with these options.
inline void add_plain(const std::string& name, const char* options, Body body) {
    for (size_t dims : kDims)
        benchmark::RegisterBenchmark(
            (name + "/" + std::to_string(dims) + "/plain" + options).c_str(),
            [body, dims](benchmark::State& s) { body(s, dims); });
}

}  // namespace vectidx::bench
