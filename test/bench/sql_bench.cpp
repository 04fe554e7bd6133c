// sql_bench: measures vectidx, pgvector and hnswlib on the same data, in turns. See README.md.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

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

// Writes a part of the summary to stdout and to FOLDER/summary.md.
class Summary {
  public:
    explicit Summary(const std::string& folder) {
        std::filesystem::create_directories(folder);
        file_.open(std::filesystem::path(folder) / "summary.md");
        if (!file_) throw std::runtime_error("cannot write into " + folder);
    }

    template <class Part>
    void add(const Part& part) {
        std::ostringstream text;
        write_markdown(text, part);
        std::cout << text.str() << std::flush;
        file_ << text.str() << std::flush;
    }

  private:
    std::ofstream file_;
};

// Returns true when no engine failed.
bool measure_all(const Options& options) {
    Summary summary(options.out_folder);
    Connection admin(options.conninfo, "postgres");
    const Environment environment = describe_environment(admin);
    const std::vector<Engine> engines = available_engines(options, admin);
    summary.add(environment);
    std::vector<SetResult> results;
    bool all_well = true;
    for (const DataSetSpec& spec : options.sets) {
        DataSet set = load_data_set(spec, options.row_limit, options.query_limit, options.seed);
        set.k = options.k;
        const ExactDistance distance(set);
        const GroundTruth truth = load_ground_truth(set, distance, options.cache_folder);
        results.emplace_back();
        run_set(options, set, truth, distance, engines, [&](const SetResult& result) {
            results.back() = result;
            write_json(options.out_folder, environment, options, results);
        });
        summary.add(results.back());
        write_plot_data(options.out_folder, results.back());
        for (const EngineResult& engine : results.back().engines) {
            all_well = all_well && engine.errors.empty();
        }
    }
    note("summary.md and results.json in " + options.out_folder);
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
