// A Markdown table with aligned columns, and how figures are written in it.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace bench {

class MarkdownTable {
  public:
    explicit MarkdownTable(std::vector<std::string> header) : rows_{std::move(header)} {}

    // REQUIRES: as many cells as the header has.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    // Writes a blank line, the title and the table; nothing when it has no rows.
    void write(std::ostream& out, const std::string& title) const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

// With so many digits after the point; "-" when absent.
std::string fixed(std::optional<double> value, int digits);

}  // namespace bench
