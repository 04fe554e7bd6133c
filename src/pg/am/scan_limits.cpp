#include "pg/am/scan_limits.hpp"

#include <algorithm>
#include <cmath>

#include "pg/am/options.hpp"

namespace vectidx {

namespace {

// Stop rules are known for the graph as it was calibrated. Where it has grown since, the same rule
// finds less: the share that is missed was measured to grow with the 1.6th to 1.7th power of the
// number of nodes (clusters, 20 % and 50 % more), less on data without structure. VACUUM calibrates
// anew before that is much.
float target_for_growth(float target, const IndexState& state) {
    const MetaHeader& h = state.meta().header;
    if (h.calibration.nodes == 0) return target;
    // By L1, rows as queries are found a little more easily than others: where 5 % was to be
    // missed, 5.4 % of text (768-d) was.
    if (state.space.keys().power_transformed()) target = 1.0f - 0.8f * (1.0f - target);
    const float nodes =
        static_cast<float>(h.fill_group) * static_cast<float>(state.layout.group_nodes);
    const float growth = std::clamp(nodes / static_cast<float>(h.calibration.nodes), 1.0f, 4.0f);
    const float missed = (1.0f - target) * std::pow(growth, -1.7f);
    return std::min(1.0f - missed, kMaxTargetRecall);
}

}  // namespace

float deviations_for(float probability) {
    // The logistic distribution is a little wider than the normal one.
    return std::max(0.1f, std::log(probability / (1.0f - probability)) / 1.702f);
}

SearchLimits limits_for(Relation index, const IndexState& state, uint32_t rows) {
    constexpr uint32_t kUnknownRows = 10, kConfirming = 4;
    const SearchOptions options = search_options(index);
    SearchLimits limits;
    limits.batch = rows > 0 ? rows : kUnknownRows;
    if (options.ef_search > 0) {
        limits.batch = std::max(rows, options.ef_search);
        limits.ends_when_idle = true;
    } else {
        limits.calibration = &state.meta().header.calibration;
        limits.target_recall = target_for_growth(options.target_recall, state);
        // A row at the distance of the batch's last is found with this probability when the reach
        // is so many standard deviations farther; nearer ones with a higher one, so about half as
        // many are missed.
        limits.deviations = deviations_for(options.target_recall);
        if (rows > 0) limits.confirming = kConfirming;
    }
    if (options.max_scan_tuples > 0) limits.max_tested = options.max_scan_tuples;
    if (options.scan_mem_multiplier > 0)
        limits.max_bytes = static_cast<size_t>(work_mem * 1024.0 * options.scan_mem_multiplier);
    limits.strict_order = options.strict_order;
    return limits;
}

}  // namespace vectidx
