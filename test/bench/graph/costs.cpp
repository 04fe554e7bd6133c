#include "graph/costs.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "graph/grown_graph.hpp"
#include "support/scan.hpp"

namespace bench {

namespace {

using vectidx::test::Scan;
using vectidx::test::Scanner;
using vectidx::test::Vectors;

constexpr uint32_t kEf[] = {10,  14,  20,  28,  40,  56,   80,   113, 160,
                            226, 320, 452, 640, 905, 1280, 1810, 2560};
// From this recall on, CPU counts, and is measured so often. The least counts.
constexpr double kCounts = 0.90;
constexpr int kPasses = 3;

struct Point {
    double recall = 0.0, expanded = 0.0, cpu = 0.0;
};

// Interpolated in log(1 - recall) between two points.
Cost cost_at(double recall, const Point& before, const Point& after) {
    const auto miss = [](double r) { return std::log(std::max(1e-6, 1.0 - r)); };
    const double share =
        before.expanded == 0.0 || after.recall == before.recall
            ? 1.0
            : (miss(recall) - miss(before.recall)) / (miss(after.recall) - miss(before.recall));
    return {before.expanded + share * (after.expanded - before.expanded),
            before.cpu + share * (after.cpu - before.cpu)};
}

struct Race {
    const DataSet& set;
    const ExactDistance& distance;
    const GroundTruth& truth;
    size_t first;
    Vectors queries;
    std::vector<Scanner> scanners;

    bool is_hit(size_t query, size_t row) const {
        return row >= first && distance(query, row - first) <= truth.distances_of(query)[set.k - 1];
    }
    void pass(std::vector<Point>& points) {
        std::vector<Point> sums(scanners.size());
        for (size_t i = 0; i < queries.n; ++i)
            for (size_t turn = 0; turn < scanners.size(); ++turn) {
                const size_t which = (i + turn) % scanners.size();
                const double start = cpu_seconds();
                const Scan scan = scanners[which].run(queries[i], set.k);
                sums[which].cpu += cpu_seconds() - start;
                sums[which].expanded += scan.counters.expanded;
                for (const auto& found : scan.rows)
                    sums[which].recall += is_hit(i, found.row);
            }
        const auto n = static_cast<double>(queries.n);
        for (size_t which = 0; which < scanners.size(); ++which) {
            const double cpu = sums[which].cpu / n * 1e6;
            Point& point = points[which];
            point.recall = sums[which].recall / (n * static_cast<double>(set.k));
            point.expanded = sums[which].expanded / n;
            point.cpu = point.cpu == 0.0 ? cpu : std::min(point.cpu, cpu);
        }
    }
    std::vector<Point> points_at(uint32_t ef) {
        for (Scanner& scanner : scanners)
            scanner.limits.batch = ef;
        std::vector<Point> points(scanners.size());
        pass(points);
        const bool counts = std::any_of(points.begin(), points.end(),
                                        [](const Point& p) { return p.recall >= kCounts; });
        for (int i = 1; counts && i < kPasses; ++i)
            pass(points);
        return points;
    }
};

}  // namespace

double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void measure_costs(const DataSet& set, const ExactDistance& distance, const GroundTruth& truth,
                   const Vectors& rows, size_t first, std::vector<Contestant>& contestants) {
    Race race{set, distance, truth, first, vectors_of(set.queries), {}};
    for (const Contestant& c : contestants)
        race.scanners.emplace_back(c.graph->store(), c.graph->space(), rows);
    std::vector<Point> before(contestants.size());
    const auto reached = [](const Contestant& c) { return c.costs.size() == std::size(kRecalls); };
    for (uint32_t ef : kEf) {
        const std::vector<Point> points = race.points_at(ef);
        for (size_t i = 0; i < contestants.size(); ++i) {
            std::vector<Cost>& costs = contestants[i].costs;
            while (costs.size() < std::size(kRecalls) && points[i].recall >= kRecalls[costs.size()])
                costs.push_back(cost_at(kRecalls[costs.size()], before[i], points[i]));
        }
        if (std::all_of(contestants.begin(), contestants.end(), reached)) break;
        before = points;
    }
    for (Contestant& c : contestants)
        c.costs.resize(std::size(kRecalls));
}

}  // namespace bench
