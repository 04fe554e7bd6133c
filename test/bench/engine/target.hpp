// An index that can be searched and added to, in a server or in memory: what the measurements see.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/engine.hpp"

namespace bench {

class Target {
  public:
    virtual ~Target() = default;

    virtual void apply(const SearchSetting& setting) = 0;
    // Replaces `found` by the ids of the 10 nearest rows, nearest first.
    virtual void search(std::span<const float> query, std::vector<int32_t>& found) = 0;
    virtual void insert(int32_t id, std::span<const float> row) = 0;

    // CPU time so far of the thread that does the work.
    virtual std::optional<double> cpu_seconds() const = 0;
    // Buffer accesses of one search, where there are buffers.
    virtual std::optional<double> buffers(std::span<const float> query) = 0;
};

}  // namespace bench
