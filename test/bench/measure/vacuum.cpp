#include <chrono>

#include "measure/phases.hpp"
#include "measure/search.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

VacuumResult vacuum_one(const SetRun& run, BenchIndex& index, int percent) {
    VacuumResult result;
    result.deleted_percent = percent;
    const BackendCpu cpu(index.contender().session());
    const std::optional<double> cpu_before = cpu.process_seconds();
    Progress progress(run.what(index.contender(), "vacuum"));
    const Clock::time_point start = Clock::now();
    index.table().vacuum();
    result.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
    result.cpu_s = elapsed(cpu_before, cpu.process_seconds());
    result.index_bytes = index.table().index_bytes();
    return result;
}

void delete_and_vacuum(const SetRun& run, std::vector<BenchIndex>& indexes, int percent) {
    const RecallJudge judge(run.set, run.distance, run.truth,
                            [percent](size_t row) { return !is_deleted(row, percent); });
    for (BenchIndex& index : indexes) {
        if (index.contender().in_memory()) continue;
        index.contender().attempt("delete", [&] { index.table().delete_percent(percent); });
    }
    checkpoint(run);
    std::vector<SearchSubject> before = check_subjects(run, indexes);
    measure_search(run, judge, 1, before);
    for (BenchIndex& index : indexes) {
        Contender& contender = index.contender();
        if (contender.in_memory()) continue;
        contender.attempt(
            "vacuum", [&] { contender.result.vacuum.push_back(vacuum_one(run, index, percent)); });
    }
    checkpoint(run);
    std::vector<SearchSubject> after = check_subjects(run, indexes);
    measure_search(run, judge, 1, after);
    for (SearchSubject& subject : before) {
        if (subject.contender->in_race()) {
            subject.contender->result.vacuum.back().before = subject.points;
        }
    }
    for (SearchSubject& subject : after) {
        if (subject.contender->in_race()) {
            subject.contender->result.vacuum.back().after = subject.points;
        }
    }
}

}  // namespace

void measure_vacuum(const SetRun& run, std::vector<BenchIndex>& indexes) {
    for (int percent : run.options.delete_percents)
        delete_and_vacuum(run, indexes, percent);
}

}  // namespace bench
