// Large memory that is walked at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/mman.h>

namespace vectidx {

// Asks for huge pages under it: most of what such a walk waits for are translations of addresses.
// An advice, without which it only takes longer.
inline void use_huge_pages(void* memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
    constexpr uintptr_t kHugePage = uintptr_t{1} << 21;
    const auto address = reinterpret_cast<uintptr_t>(memory);
    const auto first = (address + kHugePage - 1) & -kHugePage;
    const auto last = (address + bytes) & -kHugePage;
    if (first < last)
        madvise(static_cast<char*>(memory) + (first - address), last - first, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

}  // namespace vectidx
