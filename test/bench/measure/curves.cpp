#include "measure/phases.hpp"
#include "measure/search.hpp"

namespace bench {

void measure_curves(const SetRun& run, std::vector<BenchIndex>& indexes) {
    const RecallJudge judge(run.set, run.distance, run.truth);
    std::vector<SearchSubject> subjects;
    for (BenchIndex& index : indexes) {
        Contender& contender = index.contender();
        if (!contender.in_race()) continue;
        subjects.push_back({&contender,
                            &index.target(),
                            contender.settings(run.options.ef, run.options.target_recall),
                            {}});
    }
    measure_search(run, judge, run.options.rounds, subjects);
    for (SearchSubject& subject : subjects)
        subject.contender->result.search = subject.points;
}

}  // namespace bench
