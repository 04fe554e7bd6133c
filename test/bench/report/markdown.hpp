// The summary for people: Markdown tables on stdout.
#pragma once

#include <ostream>

#include "measure/results.hpp"
#include "report/environment.hpp"

namespace bench {

void write_markdown(std::ostream& out, const Environment& environment);
void write_markdown(std::ostream& out, const SetResult& set);

}  // namespace bench
