#include "report/equal_recall.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/recall.hpp"

namespace bench {

namespace {

constexpr double kRecalls[] = {0.95, 0.99};

struct Measure {
    const char* name;
    std::optional<double> SearchPoint::*value;
};

constexpr Measure kMeasures[] = {{"CPU ms", &SearchPoint::cpu_ms},
                                 {"buffers", &SearchPoint::buffers}};

std::vector<CurvePoint> curve_of(const EngineResult& engine, const std::string& series,
                                 const Measure& measure) {
    std::vector<CurvePoint> points;
    for (const SearchPoint& point : engine.search) {
        const std::optional<double>& cost = point.*measure.value;
        if (point.setting.series() == series && cost) points.push_back({point.recall, *cost});
    }
    return points;
}

}  // namespace

Cost cost_at_recall(const std::vector<CurvePoint>& points, double recall, double resolution) {
    const auto reached = std::find_if(points.begin(), points.end(),
                                      [&](const CurvePoint& p) { return p.recall >= recall; });
    if (reached == points.end()) return {};
    if (reached == points.begin()) return {Cost::Kind::kAtMost, reached->cost};
    auto log_miss = [resolution](double r) { return std::log(std::max(1.0 - r, resolution)); };
    const CurvePoint& below = *(reached - 1);
    const double from = log_miss(below.recall);
    const double to = log_miss(reached->recall);
    const double share = from == to ? 1.0 : (log_miss(recall) - from) / (to - from);
    return {Cost::Kind::kReached, below.cost + share * (reached->cost - below.cost)};
}

std::string cost_text(const Cost& cost) {
    if (cost.kind == Cost::Kind::kNotReached) return "not reached";
    char text[32];
    const char* format = cost.value < 10.0 ? "%.3f" : "%.0f";
    std::snprintf(text, sizeof(text), format, cost.value);
    return (cost.kind == Cost::Kind::kAtMost ? "<= " : "") + std::string(text);
}

std::string ratio_text(const Cost& a, const std::optional<Cost>& b) {
    using Kind = Cost::Kind;
    if (!b) return "-";
    if (a.kind == Kind::kNotReached || b->kind == Kind::kNotReached) return "not reached";
    const char* mark = "";
    if (a.kind == Kind::kAtMost) mark = b->kind == Kind::kAtMost ? "~ " : "<= ";
    if (a.kind == Kind::kReached && b->kind == Kind::kAtMost) mark = ">= ";
    char text[32];
    std::snprintf(text, sizeof(text), "%s%.2f", mark, a.value / b->value);
    return text;
}

std::vector<EqualRecallRow> compare_at_equal_recall(const SetResult& set) {
    // Half of the smallest miss that these queries can show.
    const double resolution = 0.5 / static_cast<double>(set.k * set.queries);
    std::vector<EqualRecallRow> rows;
    for (double recall : kRecalls) {
        for (const Measure& measure : kMeasures) {
            const size_t first = rows.size();
            std::optional<Cost> pgvector;
            std::optional<Cost> hnswlib;
            for (const EngineResult& engine : set.engines) {
                for (const char* series : {"auto", "ef"}) {
                    const std::vector<CurvePoint> points = curve_of(engine, series, measure);
                    if (points.empty()) continue;
                    const Cost cost = cost_at_recall(points, recall, resolution);
                    if (engine.name == "pgvector") pgvector = cost;
                    if (engine.name == "hnswlib") hnswlib = cost;
                    rows.push_back(
                        {recall, measure.name, engine.name + " " + series, cost, {}, {}});
                }
            }
            for (size_t i = first; i < rows.size(); ++i) {
                rows[i].pgvector = pgvector;
                rows[i].hnswlib = hnswlib;
            }
        }
    }
    return rows;
}

}  // namespace bench
