// graph_bench: the graphs of hnswlib and of leaves against each other, in memory. Nodes have the
// bytes that they have on pages, and the search is that of the extension, so that the nodes that a
// query expands are those of a query in the server. See README.md, "Graphs".

#include <cmath>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/data_set.hpp"
#include "data/ground_truth.hpp"
#include "support/graph.hpp"
#include "support/scan.hpp"

namespace {

using vectidx::test::BuildParams;
using vectidx::test::Graph;
using vectidx::test::Scan;
using vectidx::test::Scanner;
using vectidx::test::Vectors;

constexpr uint32_t kEf[] = {10, 14, 20, 28, 40, 56, 80, 113, 160, 226, 320, 452, 640, 1280, 2560};
constexpr double kRecalls[] = {0.95, 0.99};
constexpr uint32_t kOneLeafRows = vectidx::LeavesParams{}.one_leaf_rows;
// How much more than hnswlib's graph one from leaves may expand.
constexpr double kGate = 1.05;

struct Options {
    std::vector<bench::DataSetSpec> sets;
    size_t rows = 0, queries = 0;
    unsigned threads = 1;
    uint32_t m = 16, ef_construction = 200;
    std::string cache;
};

double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i], value = argv[i + 1];
        const auto number = [&] { return std::stoul(value); };
        if (name == "--set")
            options.sets.push_back(bench::parse_file_spec(value));
        else if (name == "--synthetic")
            options.sets.push_back(bench::parse_synthetic_spec(value));
        else if (name == "--limit")
            options.rows = number();
        else if (name == "--queries")
            options.queries = number();
        else if (name == "--threads")
            options.threads = static_cast<unsigned>(number());
        else if (name == "--m")
            options.m = static_cast<uint32_t>(number());
        else if (name == "--ef-construction")
            options.ef_construction = static_cast<uint32_t>(number());
        else if (name == "--cache")
            options.cache = value;
        else
            throw std::runtime_error("unknown option " + name);
    }
    if (argc % 2 == 0 || options.sets.empty())
        throw std::runtime_error(
            "usage: graph_bench --set SPEC | --synthetic SPEC [--limit N] "
            "[--queries N] [--threads N] [--m N] [--ef-construction N] "
            "[--cache FOLDER]");
    return options;
}

vectidx::Metric metric_of(bench::Metric metric) {
    switch (metric) {
        case bench::Metric::kCosine:
            return vectidx::Metric::Cosine;
        case bench::Metric::kInnerProduct:
            return vectidx::Metric::InnerProduct;
        case bench::Metric::kL2:
            break;
    }
    return vectidx::Metric::L2;
}

Vectors vectors_of(const bench::Matrix& matrix) {
    Vectors v;
    v.n = matrix.rows;
    v.d = matrix.cols;
    v.values = matrix.values;
    return v;
}

// What a search costs at a recall: nodes and microseconds. 0: not reached.
struct Cost {
    double expanded, cpu;
};

struct Point {
    double recall, expanded, cpu;
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

class Run {
  public:
    Run(const bench::DataSet& set, const bench::ExactDistance& distance,
        const bench::GroundTruth& truth)
        : set_(set),
          distance_(distance),
          truth_(truth),
          rows_(vectors_of(set.base)),
          queries_(vectors_of(set.queries)) {}

    // Builds, prints a line, and returns the costs at kRecalls.
    std::vector<Cost> measure(const char* name, const BuildParams& params) {
        const auto dims = static_cast<uint32_t>(rows_.d);
        const double start = cpu_seconds();
        Graph graph(metric_of(set_.metric), rows_, vectidx::choose_layout(dims, params.m), params);
        const double built = cpu_seconds() - start;
        double degree = 0;
        for (uint32_t i = 0; i < graph.rows().size(); ++i)
            degree += graph.raw().count[i];
        std::vector<Cost> costs = search(graph);
        std::printf("| %s | %s | %.2f | %.1f | %u |", set_.name.c_str(), name, built,
                    degree / graph.rows().size(), graph.lists().detached);
        for (const Cost& cost : costs)
            std::printf(" %.1f | %.0f |", cost.expanded, cost.cpu);
        std::printf("\n");
        std::fflush(stdout);
        return costs;
    }

  private:
    std::vector<Cost> search(Graph& graph) {
        Scanner scanner(graph.store(), graph.space(), rows_);
        std::vector<Cost> costs;
        Point before{0.0, 0.0, 0.0};
        for (uint32_t ef : kEf) {
            const Point point = search_all(scanner, ef);
            while (costs.size() < std::size(kRecalls) && point.recall >= kRecalls[costs.size()])
                costs.push_back(cost_at(kRecalls[costs.size()], before, point));
            if (costs.size() == std::size(kRecalls)) break;
            before = point;
        }
        costs.resize(std::size(kRecalls));
        return costs;
    }
    Point search_all(Scanner& scanner, uint32_t ef) {
        scanner.limits.batch = ef;
        size_t hits = 0, expanded = 0;
        const double start = cpu_seconds();
        for (size_t i = 0; i < queries_.n; ++i) {
            const Scan scan = scanner.run(queries_[i], set_.k);
            expanded += scan.counters.expanded;
            for (const auto& found : scan.rows)
                hits += is_hit(i, found.row);
        }
        const auto n = static_cast<double>(queries_.n);
        return {static_cast<double>(hits) / (n * static_cast<double>(set_.k)),
                static_cast<double>(expanded) / n, (cpu_seconds() - start) / n * 1e6};
    }
    bool is_hit(size_t query, size_t row) const {
        const double last = truth_.distances_of(query)[set_.k - 1];
        return distance_(query, row) <= last;
    }

    const bench::DataSet& set_;
    const bench::ExactDistance& distance_;
    const bench::GroundTruth& truth_;
    Vectors rows_, queries_;
};

bool compare(const bench::DataSetSpec& spec, const Options& options) {
    const bench::DataSet set = bench::load_data_set(spec, options.rows, options.queries, 1);
    const bench::ExactDistance distance(set);
    const bench::GroundTruth truth = bench::load_ground_truth(set, distance, options.cache);
    Run run(set, distance, truth);
    BuildParams params{options.m, options.ef_construction, options.threads};
    const std::vector<Cost> hnsw = run.measure("hnsw", params);
    params.one_leaf_rows = kOneLeafRows;
    const std::vector<Cost> leaves = run.measure("leaves", params);
    bool passes = true;
    std::printf("| %s | leaves / hnsw | | | |", set.name.c_str());
    for (size_t i = 0; i < std::size(kRecalls); ++i) {
        const double ratio = leaves[i].expanded / hnsw[i].expanded;
        passes = passes && ratio <= kGate && leaves[i].expanded > 0.0;
        std::printf(" %.2f | %.2f |", ratio, leaves[i].cpu / hnsw[i].cpu);
    }
    std::printf("\n");
    return passes;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse(argc, argv);
        std::printf(
            "| set | algorithm | build CPU s | raw degree | detached | nodes .95 | CPU us | "
            "nodes .99 | CPU us |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        bool passes = true;
        for (const bench::DataSetSpec& spec : options.sets)
            passes = compare(spec, options) && passes;
        return passes ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "graph_bench: %s\n", e.what());
        return 2;
    }
}
