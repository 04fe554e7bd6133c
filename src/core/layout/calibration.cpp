#include "core/layout/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace vectidx {

namespace {

constexpr float kNoKeyIsFar = 3.4e38f;

// Thresholds for ten rows, and the expansions that they take: those that clustered text (768
// dimensions) and SIFT need, with something to spare.
constexpr float kDefaultThreshold[kRecalls] = {0.0f, 0.4f, 0.7f, 1.2f, 1.4f, 1.7f,
                                               2.1f, 2.4f, 2.8f, 3.2f, 3.8f};
constexpr uint16_t kDefaultHops[kRecalls] = {15, 18, 22, 35, 42, 55, 75, 95, 140, 200, 350};
constexpr uint32_t kDefaultDepth = 1;

// With both its rank and its expansions growing like k, a score grows by half of log(k): as much at
// least is wanted beyond the depths that were measured.
constexpr float kThresholdPerLog = 0.5f;

float log_rows(uint32_t depth) {
    return std::log(static_cast<float>(kDepthRows[depth]));
}

int16_t pack_threshold(float threshold) {
    return static_cast<int16_t>(std::lround(std::clamp(threshold, -32.0f, 32.0f) / kThresholdUnit));
}

uint16_t pack_hops(float hops) {
    return static_cast<uint16_t>(std::clamp(hops, 1.0f, 65535.0f));
}

// How a threshold rises per log(k) up to a depth.
float rise_to(const Calibration::Level& level, uint32_t depth) {
    if (depth == 0) return kThresholdPerLog;
    const auto step = static_cast<float>(level.threshold[depth] - level.threshold[depth - 1]);
    return std::max(kThresholdPerLog,
                    kThresholdUnit * step / (log_rows(depth) - log_rows(depth - 1)));
}

void extend_from(Calibration* c, uint32_t to, uint32_t known) {
    const float logs = log_rows(to) - log_rows(known);
    for (Calibration::Level& level : c->levels) {
        const float rise = to > known ? rise_to(level, known) : kThresholdPerLog;
        level.threshold[to] = pack_threshold(level.threshold[known] * kThresholdUnit + rise * logs);
        level.hops[to] = pack_hops(static_cast<float>(level.hops[known]) *
                                   (logs > 0.0f ? std::exp(logs) : std::exp(0.3f * logs)));
    }
    // In two dimensions and more, a key grows no faster than the number of rows within it, where
    // they lie evenly.
    const bool grows = to > known && c->far_key[known] < kNoKeyIsFar;
    c->far_key[to] =
        grows ? std::min(kNoKeyIsFar, c->far_key[known] * std::exp(logs)) : kNoKeyIsFar;
}

float mix(float a, float b, float part) {
    return a + part * (b - a);
}

// Keys grow like a power of the number of rows.
float between_keys(float a, float b, float part) {
    if (part <= 0.0f) return a;
    return a <= 0.0f || b == kNoKeyIsFar ? b : std::exp(mix(std::log(a), std::log(b), part));
}

// The rule of one depth.
StopRule rule_at(const Calibration& c, uint32_t low, float part, uint32_t depth) {
    const Calibration::Level &a = c.levels[low], &b = c.levels[std::min(low + 1, kRecalls - 1)];
    return {kThresholdUnit * mix(a.threshold[depth], b.threshold[depth], part), c.far_key[depth],
            mix(a.hops[depth], b.hops[depth], part)};
}

}  // namespace

Calibration default_calibration(uint32_t nodes) {
    Calibration c{};
    c.version = Calibration::kVersion;
    c.nodes = nodes;
    for (uint32_t i = 0; i < kRecalls; ++i) {
        c.levels[i].threshold[kDefaultDepth] = pack_threshold(kDefaultThreshold[i]);
        c.levels[i].hops[kDefaultDepth] = kDefaultHops[i];
    }
    c.far_key[kDefaultDepth] = kNoKeyIsFar;
    extend_from(&c, 0, kDefaultDepth);
    extend_depths(&c, kDefaultDepth + 1);
    return c;
}

void extend_depths(Calibration* calibration, uint32_t from) {
    for (uint32_t depth = from; depth < kDepths; ++depth)
        extend_from(calibration, depth, from - 1);
}

bool valid_calibration(const Calibration& c) {
    if (c.version == 0) return true;
    if (c.version != Calibration::kVersion) return false;
    for (float key : c.far_key)
        if (!(key >= 0.0f && key <= kNoKeyIsFar)) return false;
    for (const Calibration::Level& level : c.levels)
        for (uint16_t hops : level.hops)
            if (hops == 0) return false;
    return true;
}

StopRule stop_rule(const Calibration& calibration, float target_recall, double rows) {
    if (calibration.version == 0)
        return stop_rule(default_calibration(calibration.nodes), target_recall, rows);
    const float target = std::clamp(target_recall, kMinTargetRecall, kMaxTargetRecall);
    uint32_t low = 0;
    while (low < kRecalls - 2 && kRecallLevels[low + 1] <= target)
        ++low;
    const float from = std::log1p(-kRecallLevels[low]), to = std::log1p(-kRecallLevels[low + 1]);
    const float part = std::clamp((std::log1p(-target) - from) / (to - from), 0.0f, 1.0f);

    const auto wanted = static_cast<float>(std::log(std::max(1.0, rows)));
    uint32_t depth = 0;
    while (depth < kDepths - 2 && log_rows(depth + 1) <= wanted)
        ++depth;
    const StopRule a = rule_at(calibration, low, part, depth);
    const StopRule b = rule_at(calibration, low, part, depth + 1);
    if (wanted > log_rows(kDepths - 1)) {
        const float beyond = wanted - log_rows(kDepths - 1);
        const float rise = rise_to(calibration.levels[low], kDepths - 1);
        return {b.threshold + rise * beyond, kNoKeyIsFar, b.hops * std::exp(beyond)};
    }
    const float between = (wanted - log_rows(depth)) / (log_rows(depth + 1) - log_rows(depth));
    return {mix(a.threshold, b.threshold, between), between_keys(a.far_key, b.far_key, between),
            std::exp(mix(std::log(a.hops), std::log(b.hops), between))};
}

}  // namespace vectidx
