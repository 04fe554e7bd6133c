// A counting sort: items by the number of their group.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vectidx {

// Puts items into out, group by group, each group's in the order in which they come. Those of group
// g are out[first[g]] to out[first[g + 1] - 1] then; first has groups + 1 places. each(f) calls
// f(group, item) for every item, and is called twice.
template <class Place, class Item, class Each>
void sort_by_group(uint32_t groups, Place* first, Item* out, Each&& each) {
    std::fill_n(first, size_t{groups} + 1, Place{0});
    each([&](uint32_t group, Item) { ++first[size_t{group} + 1]; });
    for (uint32_t g = 0; g < groups; ++g)
        first[g + 1] += first[g];
    each([&](uint32_t group, Item item) { out[first[group]++] = item; });
    // Each group's first moved to its end, where the next one begins.
    for (uint32_t g = groups; g > 0; --g)
        first[g] = first[g - 1];
    first[0] = Place{0};
}

}  // namespace vectidx
