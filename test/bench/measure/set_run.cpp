#include "measure/set_run.hpp"

#include <fstream>

#include "measure/phases.hpp"
#include "report/progress.hpp"

namespace bench {

namespace {

std::string load_average() {
    std::string line;
    std::getline(std::ifstream("/proc/loadavg"), line);
    return line;
}

SetResult describe(const DataSet& set) {
    SetResult result;
    result.name = set.name;
    result.metric = metric_name(set.metric);
    result.rows = set.base.rows;
    result.dims = set.base.cols;
    result.queries = set.queries.rows;
    result.k = set.k;
    result.load_before = load_average();
    return result;
}

}  // namespace

void run_set(const Options& options, const DataSet& set, const GroundTruth& truth,
             const ExactDistance& distance, const std::vector<Engine>& engines,
             const std::function<void(const SetResult&)>& save) {
    SetResult result = describe(set);
    std::list<Contender> contenders;
    for (const Engine& engine : engines)
        contenders.emplace_back(engine, options);
    const SetRun run{options, set, distance, truth, contenders};
    auto save_now = [&] {
        result.load_after = load_average();
        result.engines.clear();
        for (const Contender& contender : contenders)
            result.engines.push_back(contender.result);
        save(result);
    };

    const bool vacuum = options.has_phase("vacuum");
    const bool search = options.has_phase("search");
    if (vacuum || search || options.has_phase("build")) {
        std::vector<BenchIndex> indexes = make_indexes(run, "items");
        measure_build(run, indexes);
        save_now();
        if (search) measure_curves(run, indexes);
        save_now();
        if (vacuum) measure_vacuum(run, indexes);
        save_now();
        drop_tables(indexes);
    }
    if (options.has_phase("insert")) {
        measure_insert(run);
        save_now();
    }
    if (options.has_phase("copy")) {
        measure_copy(run);
        save_now();
    }
    if (options.has_phase("mixed")) {
        measure_mixed(run);
        save_now();
    }
}

}  // namespace bench
