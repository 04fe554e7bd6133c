// How a filtered query finds its rows: by a walk through the graph that tests rows as it meets
// them, or by listing the rows that pass. Those on the list are all measured in the table, or, by
// the codes in the index's directory, only the nearest are looked at. Which is cheapest depends on
// how many rows pass and on whether they are near the query; neither is known before. So the walk
// begins with a budget, the cost of the other ways, and what it finds corrects the estimates.
//
// Costs are in expansions of a node.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/graph/filter.hpp"

namespace vectidx {

struct FilterPrices {
    double nodes;   // of the graph
    double rows;    // that pass, estimated
    double listed;  // rows on the list, estimated: no fewer, if it is made of some conditions only
    double list;    // of making the list: for each row on it,
    double pass;    // and whatever it has (a pass over the table, where no index can make one)
    double row;     // of looking at a row on the list, and measuring it if it passes
    double test;    // of testing a row in the table
    bool directory = false;  // the rows on the list can be found by their codes:
    double entry = 0.0;      // of looking at an entry of the directory,
    double code = 0.0;       // and of one that is of a row on the list
};

class FilterRule {
  public:
    enum class Choice { Walk, List, Rest };  // Rest: of the rows on the list, by_codes() or not
    enum class Mode { Auto, Walk, Brute, Codes };

    FilterRule(Mode mode, const FilterPrices& prices) : mode_(mode), prices_(prices) {}

    // A list of so few rows is no more work than the beginning of a walk.
    static constexpr double kFewExpansions = 128.0;
    static constexpr double kWalkStart = 30.0, kWalkPerRow = 1.6;
    // A search by codes reads so many nodes, and some more, times the root of the rows on the list
    // and of those that are wanted. By measurement (docs/filters.md).
    static constexpr double kReadStart = 20.0, kReadFactor = 1.0;
    // A walk that would take so many times as long as the list and its codes is not even begun.
    static constexpr double kHopeless = 6.0;

    // Before anything is done. The query wants so many rows.
    Choice start(double wanted) const {
        if (mode_ != Mode::Auto) return mode_ == Mode::Walk ? Choice::Walk : Choice::Rest;
        const double price = exact(prices_.listed, wanted);
        const bool hopeless = by_codes(prices_.listed, wanted) && kHopeless * price < walk(wanted);
        return price < kFewExpansions || hopeless ? Choice::Rest : Choice::Walk;
    }

    // A walk for `wanted` rows that are spread like all others.
    double walk(double wanted) const {
        const double share = std::max(1.0, prices_.rows) / std::max(1.0, prices_.nodes);
        return kWalkStart + kWalkPerRow * wanted / std::min(1.0, share) * (1.0 + prices_.test);
    }

    // Making a list of so many rows, and finding the nearest of them.
    double exact(double rows, double wanted) const {
        return prices_.pass + rows * prices_.list + rest(rows, wanted);
    }

    // Whether the nearest of so many rows on the list are to be found by their codes.
    bool by_codes(double rows, double wanted) const {
        if (!prices_.directory || mode_ == Mode::Brute) return false;
        return mode_ == Mode::Codes || codes(rows, wanted) < table(rows);
    }

    // In the midst of a search by codes: where they tell too little, it reads most nodes. REQUIRES:
    // know() was called.
    bool codes_go_on(const FilterProgress& p) const {
        return mode_ != Mode::Auto || p.expanded < kFewExpansions + table(listed_);
    }

    // In the midst of a walk. List: make the list, say how long it is by know(), and ask again.
    Choice look(const FilterProgress& p) const {
        if (mode_ != Mode::Auto) return Choice::Walk;
        const double spent = p.expanded + prices_.test * (known_ ? p.accepted : p.tested);
        const double found = std::max<double>(p.found, 0.5);
        const double left = spent * std::max(0.0, p.wanted / found - 1.0);
        const bool far = 2.0 * p.found < p.wanted;
        if (known_) {
            const double others = rest(listed_, p.wanted);
            return (far && others < left) || spent > others + exact_so_far_ ? Choice::Rest
                                                                            : Choice::Walk;
        }
        const double budget = exact(corrected(p), p.wanted);
        return (far && spent + left > budget) || spent > budget ? Choice::List : Choice::Walk;
    }

    void know(double listed) {
        known_ = true;
        listed_ = listed;
        exact_so_far_ = listed * prices_.list + prices_.pass;
    }

  private:
    double table(double rows) const { return rows * prices_.row; }
    double codes(double rows, double wanted) const {
        const double read = std::min(rows, kReadStart + kReadFactor * std::sqrt(rows * wanted));
        return prices_.nodes * prices_.entry + rows * prices_.code + read * (1.0 + prices_.test);
    }
    double rest(double rows, double wanted) const {
        return by_codes(rows, wanted) ? codes(rows, wanted) : table(rows);
    }

    // The estimated length of the list, where the walk has met so few rows that it must be too
    // high: a default of the planner's, in a plan for any parameters. Rows that are only far away
    // look the same; it takes the list to tell.
    double corrected(const FilterProgress& p) const {
        constexpr double kDoubt = 3.0;
        if (p.tested == 0) return prices_.listed;
        const double seen = kDoubt * prices_.nodes * (p.accepted + 1.0) / p.tested;
        return prices_.listed * std::min(1.0, seen / std::max(1.0, prices_.rows));
    }

    Mode mode_;
    FilterPrices prices_;
    bool known_ = false;
    double listed_ = 0.0;
    double exact_so_far_ = 0.0;
};

}  // namespace vectidx
