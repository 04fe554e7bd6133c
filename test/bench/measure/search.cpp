#include "measure/search.hpp"

#include <chrono>

#include "measure/statistics.hpp"
#include "report/progress.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kWarmUpQueries = 100;

// What one subject's passes at one setting have shown so far.
struct Samples {
    double recall_sum = 0.0;  // of the first pass: later ones answer the same
    double rows_sum = 0.0;
    std::vector<double> wall_ms;
    std::vector<double> cpu_ms;  // per query, one value per pass
};

void warm_up(const SetRun& run, SearchSubject& subject) {
    std::vector<int32_t> found;
    if (!subject.settings.empty()) subject.target->apply(subject.settings.back());
    for (size_t i = 0; i < std::min(kWarmUpQueries, run.set.queries.rows); ++i) {
        subject.target->search(run.set.queries.view(i), found);
    }
}

void ask_all(const SetRun& run, const RecallJudge& judge, SearchSubject& subject, size_t setting,
             Samples& samples) {
    const bool first_pass = samples.cpu_ms.empty() && samples.wall_ms.empty();
    const size_t queries = run.set.queries.rows;
    std::vector<std::vector<int32_t>> found(queries);
    subject.target->apply(subject.settings[setting]);
    const std::optional<double> cpu_before = subject.target->cpu_seconds();
    for (size_t i = 0; i < queries; ++i) {
        const Clock::time_point start = Clock::now();
        subject.target->search(run.set.queries.view(i), found[i]);
        samples.wall_ms.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    const std::optional<double> cpu = elapsed(cpu_before, subject.target->cpu_seconds());
    if (cpu) samples.cpu_ms.push_back(*cpu * 1e3 / static_cast<double>(queries));
    if (!first_pass) return;
    for (size_t i = 0; i < queries; ++i) {
        samples.recall_sum += judge.recall(i, found[i]);
        samples.rows_sum += static_cast<double>(found[i].size());
    }
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
    if (!samples.cpu_ms.empty()) point.cpu_ms = median(samples.cpu_ms);
    point.wall_p50_ms = percentile(samples.wall_ms, 50.0);
    point.wall_p99_ms = percentile(samples.wall_ms, 99.0);
    point.buffers = count_buffers(run, subject, setting);
    return point;
}

}  // namespace

void measure_search(const SetRun& run, const RecallJudge& judge, size_t rounds,
                    std::vector<SearchSubject>& subjects) {
    size_t most_settings = 0;
    std::vector<std::vector<Samples>> samples;
    for (SearchSubject& subject : subjects) {
        most_settings = std::max(most_settings, subject.settings.size());
        samples.emplace_back(subject.settings.size());
        subject.contender->attempt("search", [&] { warm_up(run, subject); });
    }
    Progress progress(run.set.name + ": search");
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t setting = 0; setting < most_settings; ++setting) {
            for (size_t i = 0; i < subjects.size(); ++i) {
                if (setting >= subjects[i].settings.size()) continue;
                subjects[i].contender->attempt("search", [&] {
                    ask_all(run, judge, subjects[i], setting, samples[i][setting]);
                });
            }
            progress.update(round * most_settings + setting + 1, rounds * most_settings);
        }
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
