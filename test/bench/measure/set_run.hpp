// All measurements on one data set. The engines take turns: whatever else the machine does hits
// them alike.
#pragma once

#include <functional>
#include <list>

#include "data/recall.hpp"
#include "measure/contender.hpp"

namespace bench {

// What every phase works on.
struct SetRun {
    const Options& options;
    const DataSet& set;
    const ExactDistance& distance;
    const GroundTruth& truth;
    std::list<Contender>& contenders;

    // The label of a progress line.
    std::string what(const Contender& contender, const std::string& action) const {
        return set.name + " " + contender.engine().name + ": " + action;
    }
};

// Runs the phases that the options name; calls `save` with the results so far after each of them.
void run_set(const Options& options, const DataSet& set, const GroundTruth& truth,
             const ExactDistance& distance, const std::vector<Engine>& engines,
             const std::function<void(const SetResult&)>& save);

}  // namespace bench
