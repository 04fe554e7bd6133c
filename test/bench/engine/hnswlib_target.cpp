// Compiled for this machine's CPU when BENCH_NATIVE is on: hnswlib chooses its SIMD by the
// compiler's target, and as the opponent it must be at its best.
#include "engine/hnswlib_target.hpp"

#include <cmath>
#include <ctime>
#include <hnswlib/hnswlib.h>

namespace bench {

namespace {

std::unique_ptr<hnswlib::SpaceInterface<float>> make_space(Metric metric, size_t dims) {
    if (metric == Metric::kL2) return std::make_unique<hnswlib::L2Space>(dims);
    return std::make_unique<hnswlib::InnerProductSpace>(dims);
}

}  // namespace

struct HnswlibTarget::Index {
    Index(Metric metric, size_t dims, size_t capacity, const IndexParameters& parameters)
        : space(make_space(metric, dims)),
          graph(space.get(), capacity, static_cast<size_t>(parameters.m),
                static_cast<size_t>(parameters.ef_construction)),
          normalize(metric == Metric::kCosine) {}

    const float* prepared(std::span<const float> values) {
        if (!normalize) return values.data();
        double sum = 0.0;
        for (float value : values)
            sum += static_cast<double>(value) * static_cast<double>(value);
        const auto scale = static_cast<float>(sum > 0.0 ? 1.0 / std::sqrt(sum) : 0.0);
        scratch.assign(values.begin(), values.end());
        for (float& value : scratch)
            value *= scale;
        return scratch.data();
    }

    std::unique_ptr<hnswlib::SpaceInterface<float>> space;
    hnswlib::HierarchicalNSW<float> graph;
    bool normalize;
    std::vector<float> scratch;
};

HnswlibTarget::HnswlibTarget(const DataSet& set, const IndexParameters& parameters)
    : index_(std::make_unique<Index>(set.metric, set.base.cols, set.base.rows, parameters)),
      k_(set.k) {}

HnswlibTarget::~HnswlibTarget() = default;

void HnswlibTarget::apply(const SearchSetting& setting) {
    index_->graph.setEf(static_cast<size_t>(setting.value));
}

void HnswlibTarget::search(std::span<const float> query, std::vector<int32_t>& found) {
    auto nearest = index_->graph.searchKnn(index_->prepared(query), k_);
    found.resize(nearest.size());
    for (size_t i = nearest.size(); i-- > 0; nearest.pop()) {
        found[i] = static_cast<int32_t>(nearest.top().second);
    }
}

void HnswlibTarget::insert(int32_t id, std::span<const float> row) {
    index_->graph.addPoint(index_->prepared(row), static_cast<size_t>(id));
}

std::optional<double> HnswlibTarget::cpu_seconds() const {
    timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return std::nullopt;
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

size_t HnswlibTarget::memory_bytes() const {
    const auto& graph = index_->graph;
    size_t bytes = graph.cur_element_count * graph.size_data_per_element_;
    for (size_t i = 0; i < graph.cur_element_count; ++i) {
        bytes += static_cast<size_t>(graph.element_levels_[i]) * graph.size_links_per_element_;
    }
    return bytes;
}

}  // namespace bench
