// Everything that was measured, as one JSON file, and the curves as data for the plot.
#pragma once

#include <string>
#include <vector>

#include "measure/results.hpp"
#include "options.hpp"
#include "report/environment.hpp"

namespace bench {

// Replaces FOLDER/results.json.
void write_json(const std::string& folder, const Environment& environment, const Options& options,
                const std::vector<SetResult>& sets);

// Replaces FOLDER/SET.dat, which plot.gp reads: one block per curve, with its name on the first
// line, then recall, queries per CPU second and buffers of each point.
void write_plot_data(const std::string& folder, const SetResult& set);

}  // namespace bench
