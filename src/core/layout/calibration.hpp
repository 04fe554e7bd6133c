// How far a search goes for a wanted recall: measured on the index itself, kept in its metapage.
//
// A search for k rows stops when its *score* (graph/stop.hpp) reaches a threshold. Thresholds are
// measured for some recalls and some k, and read between them by interpolation.
#pragma once

#include <cstdint>

namespace vectidx {

constexpr float kMinTargetRecall = 0.5f;
constexpr float kMaxTargetRecall = 0.999f;

// The recalls and the numbers of rows, k, for which thresholds are kept.
constexpr uint32_t kRecalls = 11;
constexpr float kRecallLevels[kRecalls] = {0.5f,  0.7f,  0.8f,  0.9f,   0.93f, 0.95f,
                                           0.97f, 0.98f, 0.99f, 0.995f, 0.999f};
constexpr uint32_t kDepths = 4;
constexpr uint32_t kDepthRows[kDepths] = {1, 10, 100, 1000};

// Thresholds are kept in thousandths.
constexpr float kThresholdUnit = 0.001f;

struct Calibration {
    // Version 0: an older version of vectidx measured other rules, which count as none.
    static constexpr uint16_t kVersion = 1;

    struct Level {
        int16_t threshold[kDepths];
        uint16_t hops[kDepths];  // nodes that half of the searches for so many rows expand
    };

    uint16_t samples;  // vectors that were searched for; 0: not measured
    uint16_t version;
    uint32_t nodes;          // of the graph at that time
    float far_key[kDepths];  // 95 % of the index's own rows have the k-th neighbor within this key
    Level levels[kRecalls];  // by kRecallLevels
};

// Those of an index that was never calibrated: generous ones for several real data sets.
Calibration default_calibration(uint32_t nodes = 0);

// Whether the values are such as a writer leaves them.
bool valid_calibration(const Calibration& calibration);

// When a search for `rows` rows stops.
struct StopRule {
    float threshold;  // of the score
    float far_key;    // see Calibration; no less than any key where that is not known
    float hops;       // nodes that half of the searches expand
};

// The rule for a recall in [kMinTargetRecall, kMaxTargetRecall] (others count as the nearer end)
// and rows >= 1: linear in log(1 - recall) and in log(rows).
StopRule stop_rule(const Calibration& calibration, float target_recall, double rows);

// Fills in the depths from `from` on by those before them, where a table has too few rows to
// measure them. REQUIRES: from >= 1.
void extend_depths(Calibration* calibration, uint32_t from);

}  // namespace vectidx
