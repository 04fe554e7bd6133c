// Recall, CPU, wall time and buffer accesses of searches.
#pragma once

#include "engine/target.hpp"
#include "measure/set_run.hpp"

namespace bench {

// One engine's index and what to ask of it; the answers go to `points`, one per setting.
struct SearchSubject {
    Contender* contender;
    Target* target;
    std::vector<SearchSetting> settings;
    std::vector<SearchPoint> points;
};

// All queries at each setting, `rounds` times; the subjects take turns of 100 queries. A subject
// whose engine fails keeps no points.
void measure_search(const SetRun& run, const RecallJudge& judge, size_t rounds,
                    std::vector<SearchSubject>& subjects);

}  // namespace bench
