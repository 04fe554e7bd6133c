#include <chrono>

#include "measure/phases.hpp"
#include "measure/search.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kTurns = 4;

struct CopySamples {
    double wall_s = 0.0;
    double cpu_s = 0.0;
    bool has_cpu = true;
};

void copy_turn(BenchIndex& index, size_t first, size_t last, CopySamples& samples) {
    const std::optional<double> cpu_before = index.target().cpu_seconds();
    const Clock::time_point start = Clock::now();
    index.table().copy_rows(first, last);
    samples.wall_s += std::chrono::duration<double>(Clock::now() - start).count();
    const std::optional<double> cpu = elapsed(cpu_before, index.target().cpu_seconds());
    samples.cpu_s += cpu.value_or(0.0);
    samples.has_cpu = samples.has_cpu && cpu.has_value();
}

}  // namespace

void measure_copy(const SetRun& run) {
    IndexParameters parameters = run.options.index;
    parameters.ef_construction = run.options.insert_ef_construction;
    const size_t first = rows_before_growth(run);
    const size_t count = run.set.base.rows - first;
    if (count == 0) return;

    std::vector<BenchIndex> indexes = make_indexes(run, "bulk");
    std::erase_if(indexes, [](BenchIndex& index) { return index.contender().in_memory(); });
    load_and_build(run, indexes, first, parameters);
    std::vector<CopySamples> samples(indexes.size());
    Progress progress(run.set.name + ": copy");
    for (size_t turn = 0; turn < kTurns; ++turn) {
        for (size_t i = 0; i < indexes.size(); ++i) {
            indexes[i].contender().attempt("copy", [&] {
                copy_turn(indexes[i], first + count * turn / kTurns,
                          first + count * (turn + 1) / kTurns, samples[i]);
            });
        }
        progress.update(turn + 1, kTurns);
    }
    checkpoint(run);
    const RecallJudge judge(run.set, run.distance, run.truth);
    std::vector<SearchSubject> subjects = check_subjects(run, indexes);
    measure_search(run, judge, 1, subjects);
    for (size_t i = 0; i < indexes.size(); ++i) {
        Contender& contender = indexes[i].contender();
        if (!contender.in_race()) continue;
        CopyResult result;
        result.rows = count;
        result.rows_per_s = static_cast<double>(count) / samples[i].wall_s;
        if (samples[i].has_cpu) result.cpu_ms = samples[i].cpu_s * 1e3 / static_cast<double>(count);
        result.index_bytes = indexes[i].table().index_bytes();
        for (const SearchSubject& subject : subjects)
            if (subject.contender == &contender) result.search = subject.points;
        contender.result.copy = result;
    }
    drop_tables(indexes);
}

}  // namespace bench
