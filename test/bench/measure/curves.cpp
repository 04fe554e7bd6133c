#include "measure/phases.hpp"
#include "measure/search.hpp"

namespace bench {

void measure_curves(const SetRun& run, std::vector<BenchIndex>& indexes) {
    const RecallJudge judge(run.set, run.distance, run.truth);
    std::vector<SearchSubject> subjects;
    for (BenchIndex& index : indexes) {
        Contender& contender = index.contender();
        if (!contender.in_race()) continue;
        std::vector<SearchSetting> settings =
            contender.settings(run.options.ef, run.options.target_recall);
        if (!contender.in_memory())
            settings.insert(settings.begin(), {SearchSetting::Kind::kNoSearch, 0.0});
        subjects.push_back({&contender, &index.target(), std::move(settings), {}});
    }
    measure_search(run, judge, run.options.rounds, subjects);
    for (SearchSubject& subject : subjects)
        subject.contender->result.search = subject.points;
}

}  // namespace bench
