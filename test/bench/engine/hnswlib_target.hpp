// The reference: hnswlib in this process's memory, float32, one thread. Cosine is the inner product
// of normalized rows.
#pragma once

#include <memory>

#include "data/data_set.hpp"
#include "engine/target.hpp"

namespace bench {

class HnswlibTarget : public Target {
  public:
    HnswlibTarget(const DataSet& set, const IndexParameters& parameters);
    ~HnswlibTarget() override;

    void apply(const SearchSetting& setting) override;
    void search(std::span<const float> query, std::vector<int32_t>& found) override;
    void insert(int32_t id, std::span<const float> row) override;
    std::optional<double> cpu_seconds() const override;
    std::optional<double> buffers(std::span<const float>) override { return std::nullopt; }

    size_t memory_bytes() const;

  private:
    struct Index;
    std::unique_ptr<Index> index_;
    size_t k_;
};

}  // namespace bench
