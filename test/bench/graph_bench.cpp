// graph_bench: the graphs of hnswlib and of leaves against each other, in memory. Nodes have the
// bytes that they have on pages, and searches and inserts are those of the extension, so that the
// nodes that a query expands are those of a query in the server. See README.md, "Graphs".

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "graph/costs.hpp"
#include "graph/grown_graph.hpp"
#include "graph/prepare.hpp"

namespace {

using bench::Contestant;
using bench::Cost;
using bench::State;
using vectidx::test::BuildParams;
using vectidx::test::Graph;

constexpr uint32_t kOneLeafRows = vectidx::LeavesParams{}.one_leaf_rows;
// How much more than hnswlib's graph one from leaves may cost.
constexpr double kGate = 1.05;

struct Options {
    std::vector<bench::DataSetSpec> sets;
    std::vector<State> states;
    size_t rows = 0, queries = 0, held_out = 0, near_equal = 0;
    bool by_cluster = false;
    BuildParams build{16, 200};
    std::string cache;
};

std::vector<State> parse_states(const std::string& words) {
    std::vector<State> states;
    for (size_t from = 0, to = 0; from <= words.size(); from = to + 1) {
        to = std::min(words.find(',', from), words.size());
        states.push_back(bench::parse_state(words.substr(from, to - from)));
    }
    return states;
}

// Whether there is such an option.
bool set_option(Options& options, const std::string& name, const std::string& value) {
    const auto number = [&] { return std::stoul(value); };
    if (name == "--set")
        options.sets.push_back(bench::parse_file_spec(value));
    else if (name == "--synthetic")
        options.sets.push_back(bench::parse_synthetic_spec(value));
    else if (name == "--states")
        options.states = parse_states(value);
    else if (name == "--order" && value == "clustered")
        options.by_cluster = true;
    else if (name == "--held-out")
        options.held_out = number();
    else if (name == "--near-equal")
        options.near_equal = number();
    else if (name == "--limit")
        options.rows = number();
    else if (name == "--queries")
        options.queries = number();
    else if (name == "--threads")
        options.build.threads = static_cast<unsigned>(number());
    else if (name == "--m")
        options.build.m = static_cast<uint32_t>(number());
    else if (name == "--ef-construction")
        options.build.ef_construction = static_cast<uint32_t>(number());
    else if (name == "--cache")
        options.cache = value;
    else
        return false;
    return true;
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2)
        if (!set_option(options, argv[i], argv[i + 1]))
            throw std::runtime_error("unknown option " + std::string(argv[i]) + " " + argv[i + 1]);
    if (argc % 2 == 0 || options.sets.empty())
        throw std::runtime_error(
            "usage: graph_bench --set SPEC | --synthetic SPEC [--states STATE,...] "
            "[--order clustered] [--held-out N] [--near-equal N] [--limit N] [--queries N] "
            "[--threads N] [--m N] [--ef-construction N] [--cache FOLDER]");
    if (options.states.empty()) options.states = {State::Built};
    return options;
}

void print_graph(const std::string& set, const char* name, double seconds, Graph& graph,
                 const std::vector<Cost>& costs) {
    double degree = 0;
    for (uint32_t i = 0; i < graph.rows().size(); ++i)
        degree += graph.raw().count[i];
    std::printf("| %s | %s | %.2f | %.1f | %u |", set.c_str(), name, seconds,
                degree / graph.rows().size(), graph.lists().detached);
    for (const Cost& cost : costs)
        std::printf(" %.1f | %.0f |", cost.expanded, cost.cpu);
    std::printf("\n");
}

// Whether the costs of leaves, the second contestant, are within the gate.
bool print_ratio(const std::string& set, const std::vector<Contestant>& contestants) {
    bool passes = true;
    std::printf("| %s | leaves / hnsw | | | |", set.c_str());
    for (size_t i = 0; i < std::size(bench::kRecalls); ++i) {
        const Cost hnsw = contestants[0].costs[i], leaves = contestants[1].costs[i];
        const double expanded = leaves.expanded / hnsw.expanded, cpu = leaves.cpu / hnsw.cpu;
        passes = passes && leaves.expanded > 0.0 && expanded <= kGate && cpu <= kGate;
        std::printf(" %.2f | %.2f |", expanded, cpu);
    }
    std::printf("\n");
    std::fflush(stdout);
    return passes;
}

bool compare(const bench::DataSet& set, State state, const Options& options) {
    const size_t first = bench::deleted_rows(state, set.base.rows);
    const bench::DataSet live = bench::rows_from(set, first, set.base.rows - first);
    const bench::ExactDistance distance(live);
    const bench::GroundTruth truth = bench::load_ground_truth(live, distance, options.cache);
    const std::string name = set.name + ", " + bench::state_name(state);
    const auto rows = bench::vectors_of(set.base);
    BuildParams params = options.build;
    const double start = bench::cpu_seconds();
    const auto hnsw = bench::grown_graph(set, state, params, options.cache);
    const double middle = bench::cpu_seconds();
    params.one_leaf_rows = kOneLeafRows;
    const auto leaves = bench::grown_graph(set, state, params, options.cache);
    const double end = bench::cpu_seconds();
    std::vector<Contestant> contestants{{hnsw.get(), {}}, {leaves.get(), {}}};
    bench::measure_costs(live, distance, truth, rows, first, contestants);
    print_graph(name, "hnsw", middle - start, *hnsw, contestants[0].costs);
    print_graph(name, "leaves", end - middle, *leaves, contestants[1].costs);
    return print_ratio(name, contestants);
}

bool compare_states(const bench::DataSetSpec& spec, const Options& options) {
    bench::DataSet set = bench::load_data_set(spec, options.rows, options.queries, 1);
    if (options.held_out > 0) bench::hold_out(set, options.held_out);
    if (options.by_cluster) bench::sort_by_cluster(set);
    if (options.near_equal > 0) bench::add_near_equal(set, options.near_equal);
    bool passes = true;
    for (State state : options.states)
        passes = compare(set, state, options) && passes;
    return passes;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse(argc, argv);
        std::printf(
            "| set | algorithm | CPU s | raw degree | detached | nodes .95 | CPU us | "
            "nodes .99 | CPU us |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        bool passes = true;
        for (const bench::DataSetSpec& spec : options.sets)
            passes = compare_states(spec, options) && passes;
        return passes ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "graph_bench: %s\n", e.what());
        return 2;
    }
}
