// How far a search goes for a wanted recall: measured on the index itself, kept in its metapage.
#pragma once

#include <cstdint>

namespace vectidx {

// The stop rule (graph/search.hpp) that reaches `recall` (recall@10, 0..1).
struct StopRule {
    float recall;
    float epsilon;
    uint32_t cap;  // expansions per batch
    float hops;    // expansions that it takes on average
};

constexpr uint32_t kStopRules = 12;
constexpr float kMinTargetRecall = 0.5f;
constexpr float kMaxTargetRecall = 0.999f;

struct Calibration {
    uint32_t
        samples;     // own vectors that were searched for; 0: not measured, see default_calibration
    uint32_t nodes;  // of the graph at that time
    StopRule rules[kStopRules];  // by rising recall
};

// The rules of an index that was never calibrated: generous ones for several real data sets.
Calibration default_calibration();

// Whether the rules are such as a writer leaves them.
bool valid_calibration(const Calibration& calibration);

// The rule for a target between two levels: linear in log(1 - recall).
StopRule stop_rule(const Calibration& calibration, float target_recall);

}  // namespace vectidx
