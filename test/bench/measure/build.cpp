#include <algorithm>

#include "measure/phases.hpp"
#include "measure/statistics.hpp"

namespace bench {

void measure_build(const SetRun& run, std::vector<BenchIndex>& indexes) {
    for (BenchIndex& index : indexes) {
        index.contender().attempt("load", [&] { index.load(run.set.base.rows); });
    }
    checkpoint(run);
    std::vector<std::vector<double>> walls(indexes.size());
    std::vector<std::vector<double>> cpus(indexes.size());
    for (size_t repeat = 0; repeat < std::max<size_t>(1, run.options.build_repeats); ++repeat) {
        for (size_t i = 0; i < indexes.size(); ++i) {
            Contender& contender = indexes[i].contender();
            contender.attempt("build", [&] {
                BuildResult build = indexes[i].build(run.options.index);
                walls[i].push_back(build.wall_s);
                build.wall_s = median(walls[i]);
                if (build.cpu_s) {
                    cpus[i].push_back(*build.cpu_s);
                    build.cpu_s = median(cpus[i]);
                }
                contender.result.build = build;
            });
        }
    }
    checkpoint(run);
}

}  // namespace bench
