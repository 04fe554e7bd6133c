#include "report/markdown_table.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {

void MarkdownTable::write(std::ostream& out, const std::string& title) const {
    if (rows_.size() == 1) return;
    std::vector<size_t> widths(rows_[0].size(), 3);
    for (const auto& row : rows_) {
        for (size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    out << "\n### " << title << "\n\n";
    for (size_t r = 0; r < rows_.size(); ++r) {
        for (size_t i = 0; i < widths.size(); ++i) {
            const std::string& cell = rows_[r][i];
            const std::string padding(widths[i] - cell.size(), ' ');
            // Words to the left, figures to the right.
            out << "| " << (i == 0 ? cell + padding : padding + cell) << ' ';
        }
        out << "|\n";
        if (r > 0) continue;
        for (size_t i = 0; i < widths.size(); ++i) {
            out << (i == 0 ? "|-" + std::string(widths[i], '-') + "-"
                           : "|-" + std::string(widths[i], '-') + ":");
        }
        out << "|\n";
    }
}

std::string fixed(std::optional<double> value, int digits) {
    if (!value) return "-";
    char text[64];
    std::snprintf(text, sizeof(text), "%.*f", digits, *value);
    return text;
}

}  // namespace bench
