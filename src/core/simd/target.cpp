#include "core/simd/target.hpp"

#include <cstring>
#include <hwy/highway.h>

namespace vectidx {

namespace {

int64_t g_forced = 0;  // 0: the best one

int64_t available() {
    return hwy::SupportedTargets() & HWY_TARGETS;
}

// Highway numbers its targets so that a better one is a lower bit.
int64_t lowest_bit(int64_t bits) {
    return bits & -bits;
}

}  // namespace

SimdTargets simd_targets() {
    const int64_t forced = g_forced;
    if (forced != 0) hwy::SetSupportedTargetsForTest(0);
    SimdTargets list{};
    for (int64_t rest = available(); rest != 0 && list.count < SimdTargets::kMax; rest &= rest - 1)
        list.name[list.count++] = hwy::TargetName(lowest_bit(rest));
    if (forced != 0) hwy::SetSupportedTargetsForTest(forced);
    return list;
}

bool simd_use(const char* name) {
    const int64_t before = g_forced;
    hwy::SetSupportedTargetsForTest(0);
    g_forced = 0;
    if (name == nullptr) return true;
    for (int64_t rest = available(); rest != 0; rest &= rest - 1)
        if (std::strcmp(hwy::TargetName(lowest_bit(rest)), name) == 0) g_forced = lowest_bit(rest);
    const bool found = g_forced != 0;
    if (!found) g_forced = before;
    if (g_forced != 0) hwy::SetSupportedTargetsForTest(g_forced);
    return found;
}

const char* simd_current() {
    return hwy::TargetName(lowest_bit(available()));
}

}  // namespace vectidx
