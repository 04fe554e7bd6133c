// Recall, CPU, wall time and buffer accesses of searches.
#pragma once

#include "engine/target.hpp"
#include "measure/bench_index.hpp"

namespace bench {

// One engine's index and what to ask of it; the answers go to `points`, one per setting.
struct SearchSubject {
    Contender* contender;
    Target* target;
    std::vector<SearchSetting> settings;
    std::vector<SearchPoint> points;
};

// The indexes in tables at the settings for checks. (hnswlib builds by inserting: two indexes of
// it over the same rows are the same.)
std::vector<SearchSubject> check_subjects(const SetRun& run, std::vector<BenchIndex>& indexes);

// All queries at each setting, `rounds` times; the subjects take turns of 100 queries. A subject
// whose engine fails keeps no points.
void measure_search(const SetRun& run, const RecallJudge& judge, size_t rounds,
                    std::vector<SearchSubject>& subjects);

}  // namespace bench
