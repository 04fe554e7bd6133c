#include <algorithm>
#include <chrono>

#include "measure/phases.hpp"
#include "measure/search.hpp"
#include "measure/statistics.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kTurns = 10;

// What one engine's inserts have shown so far.
struct InsertSamples {
    std::vector<double> wall_ms;
    double turns_s = 0.0;
    double cpu_s = 0.0;
    bool has_cpu = true;
    std::optional<WalAccount> wal;
};

void insert_rows(const SetRun& run, BenchIndex& index, size_t first, size_t last,
                 InsertSamples& samples) {
    Target& target = index.target();
    if (samples.wal) samples.wal->begin();
    const std::optional<double> cpu_before = target.cpu_seconds();
    const Clock::time_point turn_start = Clock::now();
    for (size_t row = first; row < last; ++row) {
        const Clock::time_point start = Clock::now();
        target.insert(static_cast<int32_t>(row), run.set.base.view(row));
        samples.wall_ms.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    samples.turns_s += std::chrono::duration<double>(Clock::now() - turn_start).count();
    const std::optional<double> cpu = elapsed(cpu_before, target.cpu_seconds());
    samples.cpu_s += cpu.value_or(0.0);
    samples.has_cpu = samples.has_cpu && cpu.has_value();
    if (samples.wal) samples.wal->end();
}

InsertResult conclude(InsertSamples& samples) {
    InsertResult result;
    result.rows = samples.wall_ms.size();
    const auto rows = static_cast<double>(result.rows);
    result.rows_per_s = rows / samples.turns_s;
    result.wall_p50_ms = percentile(samples.wall_ms, 50.0);
    result.wall_p99_ms = percentile(samples.wall_ms, 99.0);
    if (samples.has_cpu) result.cpu_ms = samples.cpu_s * 1e3 / rows;
    if (samples.wal) {
        result.wal_bytes = static_cast<double>(samples.wal->bytes()) / rows;
        result.wal_by_manager = samples.wal->by_manager();
    }
    return result;
}

void insert_in_turns(const SetRun& run, std::vector<BenchIndex>& indexes, size_t first,
                     size_t last) {
    std::vector<InsertSamples> samples(indexes.size());
    for (size_t i = 0; i < indexes.size(); ++i) {
        Contender& contender = indexes[i].contender();
        if (!contender.in_memory()) samples[i].wal.emplace(contender.session());
    }
    Progress progress(run.set.name + ": insert");
    for (size_t turn = 0; turn < kTurns; ++turn) {
        const size_t from = first + (last - first) * turn / kTurns;
        const size_t to = first + (last - first) * (turn + 1) / kTurns;
        for (size_t i = 0; i < indexes.size(); ++i) {
            indexes[i].contender().attempt(
                "insert", [&] { insert_rows(run, indexes[i], from, to, samples[i]); });
        }
        progress.update(turn + 1, kTurns);
    }
    for (size_t i = 0; i < indexes.size(); ++i) {
        Contender& contender = indexes[i].contender();
        contender.attempt("insert", [&] { contender.result.insert = conclude(samples[i]); });
    }
}

void compare_with_build(const SetRun& run, std::vector<BenchIndex>& indexes,
                        const IndexParameters& parameters) {
    const RecallJudge judge(run.set, run.distance, run.truth);
    std::vector<SearchSubject> grown = check_subjects(run, indexes);
    measure_search(run, judge, run.options.rounds, grown);
    for (SearchSubject& subject : grown) {
        subject.contender->result.growth = GrowthResult{subject.points, {}};
    }
    for (BenchIndex& index : indexes) {
        if (index.contender().in_memory()) continue;
        index.contender().attempt("build", [&] { index.build(parameters); });
    }
    checkpoint(run);
    std::vector<SearchSubject> at_once = check_subjects(run, indexes);
    measure_search(run, judge, run.options.rounds, at_once);
    for (SearchSubject& subject : at_once) {
        subject.contender->result.growth->at_once = subject.points;
    }
}

}  // namespace

size_t rows_before_growth(const SetRun& run) {
    return run.set.base.rows * run.options.initial_percent / 100;
}

void measure_insert(const SetRun& run) {
    IndexParameters parameters = run.options.index;
    parameters.ef_construction = run.options.insert_ef_construction;
    const size_t first = rows_before_growth(run);
    size_t last = run.set.base.rows;
    if (run.options.insert_rows > 0) last = std::min(last, first + run.options.insert_rows);
    if (last == first) return;

    std::vector<BenchIndex> indexes = make_indexes(run, "grown");
    load_and_build(run, indexes, first, parameters);
    insert_in_turns(run, indexes, first, last);
    checkpoint(run);
    if (last == run.set.base.rows) {
        compare_with_build(run, indexes, parameters);
    } else {
        note(run.set.name + ": not all rows inserted, no comparison with a build");
    }
    drop_tables(indexes);
}

}  // namespace bench
