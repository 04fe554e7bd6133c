// What each engine pays for the same recall, read off its measured curve.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "measure/results.hpp"

namespace bench {

// The cost at which a curve reaches a recall.
struct Cost {
    enum class Kind { kReached, kAtMost, kNotReached };

    Kind kind = Kind::kNotReached;
    double value = 0.0;  // kAtMost: of the cheapest point, which is better than asked for
};

struct CurvePoint {
    double recall;
    double cost;
};

// Linear in log(1 - recall) between the first point that reaches `recall` and the one before it.
// A recall nearer to 1 than `resolution` counts as 1 - resolution. The points ascend by setting.
Cost cost_at_recall(const std::vector<CurvePoint>& points, double recall, double resolution);

// a / b for the reports, "<=" or ">=" before it when one of them is only a bound, "~" when both
// are; "-" when there is no b.
std::string ratio_text(const Cost& a, const std::optional<Cost>& b);
std::string cost_text(const Cost& cost);

struct EqualRecallRow {
    double recall = 0.0;
    std::string measure;  // "CPU ms" or "buffers"
    std::string curve;    // "vectidx auto", "pgvector ef", ...
    Cost cost;
    std::optional<Cost> pgvector;  // at the same recall, where it took part and has this measure
    std::optional<Cost> hnswlib;
};

// Every curve at recall 0.95 and 0.99, for CPU and for buffers.
std::vector<EqualRecallRow> compare_at_equal_recall(const SetResult& set);

}  // namespace bench
