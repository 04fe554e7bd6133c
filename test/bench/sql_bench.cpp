// sql_bench: measures vectidx, pgvector and hnswlib on the same data, in turns. See README.md.

#include <cstdio>
#include <iostream>

#include "measure/set_run.hpp"
#include "report/environment.hpp"
#include "report/json.hpp"
#include "report/markdown.hpp"
#include "report/progress.hpp"

namespace bench {

namespace {

std::vector<Engine> available_engines(const Options& options, Connection& admin) {
    std::vector<Engine> engines;
    for (const Engine& engine : options.engines) {
        if (is_available(engine, admin)) {
            engines.push_back(engine);
        } else {
            note(engine.name + ": the server has no extension " + engine.extension + ", left out");
        }
    }
    return engines;
}

// Returns true when no engine failed.
bool measure_all(const Options& options) {
    Connection admin(options.conninfo, "postgres");
    const Environment environment = describe_environment(admin);
    const std::vector<Engine> engines = available_engines(options, admin);
    write_markdown(std::cout, environment);
    std::vector<SetResult> results;
    bool all_well = true;
    for (const DataSetSpec& spec : options.sets) {
        const DataSet set =
            load_data_set(spec, options.row_limit, options.query_limit, options.seed);
        const ExactDistance distance(set);
        const GroundTruth truth = load_ground_truth(set, distance, options.cache_folder);
        results.emplace_back();
        run_set(options, set, truth, distance, engines, [&](const SetResult& result) {
            results.back() = result;
            write_json(options.out_folder, environment, options, results);
        });
        write_markdown(std::cout, results.back());
        write_plot_data(options.out_folder, results.back());
        for (const EngineResult& engine : results.back().engines) {
            all_well = all_well && engine.errors.empty();
        }
    }
    note("figures in " + options.out_folder + "/results.json");
    return all_well;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    try {
        return bench::measure_all(bench::parse_options(argc, argv)) ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sql_bench: %s\n", error.what());
        return 2;
    }
}
