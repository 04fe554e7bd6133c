// The end of a file of kernels, which Highway compiles once for each SIMD target.
#pragma once

// In the namespace of a target: its kernels, for VECTIDX_DISPATCH.
#define VECTIDX_KERNEL_TABLE(Kernels, table, ...)       \
    const Kernels* table() {                            \
        static constexpr Kernels kKernels{__VA_ARGS__}; \
        return &kKernels;                               \
    }

// Once, in the namespace vectidx: the function that returns the kernels of the target in use.
#define VECTIDX_DISPATCH(Kernels, function, table) \
    HWY_EXPORT(table);                             \
    const Kernels& function() {                    \
        return *HWY_DYNAMIC_DISPATCH(table)();     \
    }
