#include "core/layout/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace vectidx {

namespace {

// Beyond any rule that a calibration makes.
constexpr float kMaxEpsilon = 1e6f;
constexpr float kMaxHops = 4294967296.0f;

}  // namespace

Calibration default_calibration() {
    constexpr uint32_t kCap = 2000;
    return {0,
            0,
            {{0.50f, -0.02f, kCap, 15.0f},
             {0.70f, 0.00f, kCap, 18.0f},
             {0.80f, 0.02f, kCap, 20.0f},
             {0.85f, 0.03f, kCap, 22.0f},
             {0.90f, 0.05f, kCap, 28.0f},
             {0.93f, 0.065f, kCap, 35.0f},
             {0.95f, 0.08f, kCap, 45.0f},
             {0.97f, 0.11f, kCap, 60.0f},
             {0.98f, 0.14f, kCap, 80.0f},
             {0.99f, 0.20f, kCap, 150.0f},
             {0.995f, 0.25f, kCap, 250.0f},
             {0.999f, 0.30f, kCap, 500.0f}}};
}

bool valid_calibration(const Calibration& calibration) {
    float before = 0.0f;
    for (const StopRule& rule : calibration.rules) {
        if (!(rule.recall > before && rule.recall < 1.0f)) return false;
        if (!(rule.epsilon > -1.0f && rule.epsilon < kMaxEpsilon)) return false;
        if (rule.cap == 0 || !(rule.hops >= 0.0f && rule.hops <= kMaxHops)) return false;
        before = rule.recall;
    }
    return true;
}

StopRule stop_rule(const Calibration& calibration, float target_recall) {
    const StopRule* rules = calibration.rules;
    uint32_t upper = 0;
    while (upper < kStopRules - 1 && rules[upper].recall < target_recall)
        ++upper;
    if (upper == 0 || rules[upper].recall <= target_recall) return rules[upper];
    const StopRule &low = rules[upper - 1], &high = rules[upper];
    const float from = std::log1p(-low.recall), to = std::log1p(-high.recall);
    const float part = std::clamp((std::log1p(-target_recall) - from) / (to - from), 0.0f, 1.0f);
    const float cap = static_cast<float>(low.cap) +
                      part * (static_cast<float>(high.cap) - static_cast<float>(low.cap));
    StopRule rule;
    rule.recall = target_recall;
    rule.epsilon = low.epsilon + part * (high.epsilon - low.epsilon);
    rule.cap = cap < 4e9f ? static_cast<uint32_t>(cap) : UINT32_MAX;
    rule.hops = low.hops + part * (high.hops - low.hops);
    return rule;
}

}  // namespace vectidx
