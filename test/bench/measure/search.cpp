#include "measure/search.hpp"

#include <algorithm>
#include <chrono>

#include "measure/statistics.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kWarmUpQueries = 100;
// A turn is long against what the change of engines costs in caches, and short against the bursts
// of other work on the machine.
constexpr size_t kQueriesPerTurn = 100;

// What one subject's passes at one setting have shown so far.
struct Samples {
    double recall_sum = 0.0;  // of the first pass: later ones answer the same
    double rows_sum = 0.0;
    std::vector<double> wall_ms;
    std::vector<std::vector<double>> cpu_s;  // by turn and pass
};

void warm_up(const SetRun& run, SearchSubject& subject) {
    std::vector<int32_t> found;
    if (!subject.settings.empty()) subject.target->apply(subject.settings.back());
    for (size_t i = 0; i < std::min(kWarmUpQueries, run.set.queries.rows); ++i) {
        subject.target->search(run.set.queries.view(i), found);
    }
}

void take_turn(const SetRun& run, const RecallJudge& judge, SearchSubject& subject, size_t setting,
               size_t turn, bool first_pass, Samples& samples) {
    const size_t first = turn * kQueriesPerTurn;
    const size_t last = std::min(first + kQueriesPerTurn, run.set.queries.rows);
    std::vector<std::vector<int32_t>> found(last - first);
    subject.target->apply(subject.settings[setting]);
    const std::optional<double> cpu_before = subject.target->cpu_seconds();
    for (size_t i = first; i < last; ++i) {
        const Clock::time_point start = Clock::now();
        subject.target->search(run.set.queries.view(i), found[i - first]);
        samples.wall_ms.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    const std::optional<double> cpu = elapsed(cpu_before, subject.target->cpu_seconds());
    if (cpu) {
        samples.cpu_s.resize(std::max(samples.cpu_s.size(), turn + 1));
        samples.cpu_s[turn].push_back(*cpu);
    }
    if (!first_pass) return;
    for (size_t i = first; i < last; ++i) {
        samples.recall_sum += judge.recall(i, found[i - first]);
        samples.rows_sum += static_cast<double>(found[i - first].size());
    }
}

// The value at this percentile of each turn's passes, per query: a burst of other work spoils one
// pass of a few turns, which the median leaves out.
std::optional<double> cpu_ms(const SetRun& run, const Samples& samples, double percent) {
    if (samples.cpu_s.empty()) return std::nullopt;
    double sum = 0.0;
    for (const std::vector<double>& passes : samples.cpu_s)
        sum += percentile(passes, percent);
    return sum * 1e3 / static_cast<double>(run.set.queries.rows);
}

// The mean over a sample spread over all queries.
std::optional<double> count_buffers(const SetRun& run, SearchSubject& subject, size_t setting) {
    const size_t queries = run.set.queries.rows;
    const size_t sample = std::min(run.options.buffer_sample, queries);
    if (sample == 0) return std::nullopt;
    subject.target->apply(subject.settings[setting]);
    double sum = 0.0;
    for (size_t i = 0; i < sample; ++i) {
        const auto count = subject.target->buffers(run.set.queries.view(i * queries / sample));
        if (!count) return std::nullopt;
        sum += *count;
    }
    return sum / static_cast<double>(sample);
}

SearchPoint conclude(const SetRun& run, SearchSubject& subject, size_t setting,
                     const Samples& samples) {
    const auto queries = static_cast<double>(run.set.queries.rows);
    SearchPoint point;
    point.setting = subject.settings[setting];
    point.recall = samples.recall_sum / queries;
    point.rows = samples.rows_sum / queries;
    point.cpu_ms = cpu_ms(run, samples, 50.0);
    point.cpu_ms_min = cpu_ms(run, samples, 0.0);
    point.cpu_ms_max = cpu_ms(run, samples, 100.0);
    point.wall_p50_ms = percentile(samples.wall_ms, 50.0);
    point.wall_p99_ms = percentile(samples.wall_ms, 99.0);
    point.buffers = count_buffers(run, subject, setting);
    return point;
}

// Every subject answers this turn's queries at each of its settings.
void take_turns(const SetRun& run, const RecallJudge& judge, size_t turn, bool first_pass,
                std::vector<SearchSubject>& subjects, std::vector<std::vector<Samples>>& samples) {
    size_t most_settings = 0;
    for (const SearchSubject& subject : subjects) {
        most_settings = std::max(most_settings, subject.settings.size());
    }
    for (size_t setting = 0; setting < most_settings; ++setting) {
        for (size_t i = 0; i < subjects.size(); ++i) {
            if (setting >= subjects[i].settings.size()) continue;
            subjects[i].contender->attempt("search", [&] {
                take_turn(run, judge, subjects[i], setting, turn, first_pass, samples[i][setting]);
            });
        }
    }
}

}  // namespace

std::vector<SearchSubject> check_subjects(const SetRun& run, std::vector<BenchIndex>& indexes) {
    std::vector<SearchSubject> subjects;
    for (BenchIndex& index : indexes) {
        Contender& contender = index.contender();
        if (contender.in_memory() || !contender.in_race()) continue;
        subjects.push_back(
            {&contender,
             &index.target(),
             contender.settings(run.options.check_ef, run.options.check_target_recall),
             {}});
    }
    return subjects;
}

void measure_search(const SetRun& run, const RecallJudge& judge, size_t rounds,
                    std::vector<SearchSubject>& subjects) {
    std::vector<std::vector<Samples>> samples;
    for (SearchSubject& subject : subjects) {
        samples.emplace_back(subject.settings.size());
        subject.contender->attempt("search", [&] { warm_up(run, subject); });
    }
    const size_t turns = (run.set.queries.rows + kQueriesPerTurn - 1) / kQueriesPerTurn;
    Progress progress(run.set.name + ": search");
    for (size_t i = 0; i < rounds * turns; ++i) {
        take_turns(run, judge, i % turns, i < turns, subjects, samples);
        progress.update(i + 1, rounds * turns);
    }
    for (size_t i = 0; i < subjects.size(); ++i) {
        SearchSubject& subject = subjects[i];
        subject.contender->attempt("search", [&] {
            for (size_t setting = 0; setting < subject.settings.size(); ++setting) {
                subject.points.push_back(conclude(run, subject, setting, samples[i][setting]));
            }
        });
    }
}

}  // namespace bench
