// How a filtered query finds its rows: by a walk through the graph that tests rows as it meets
// them, or by listing the rows that pass and measuring all of them. Which is cheaper depends on how
// many rows pass and on whether they are near the query; neither is known before. So the walk
// begins with a budget, the cost of the other way, and what it finds corrects the estimates.
//
// Costs are in expansions of a node.
#pragma once

#include <algorithm>
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
};

class FilterRule {
  public:
    enum class Choice { Walk, List, Exact };
    enum class Mode { Auto, Walk, Brute };

    FilterRule(Mode mode, const FilterPrices& prices) : mode_(mode), prices_(prices) {}

    // A list of so few rows is no more work than the beginning of a walk.
    static constexpr double kFewExpansions = 128.0;
    static constexpr double kWalkStart = 30.0, kWalkPerRow = 1.6;

    // Before anything is done.
    Choice start() const {
        if (mode_ != Mode::Auto) return mode_ == Mode::Walk ? Choice::Walk : Choice::Exact;
        return exact(prices_.listed) < kFewExpansions ? Choice::Exact : Choice::Walk;
    }

    // A walk for `wanted` rows that are spread like all others.
    double walk(double wanted) const {
        const double share = std::max(1.0, prices_.rows) / std::max(1.0, prices_.nodes);
        return kWalkStart + kWalkPerRow * wanted / std::min(1.0, share) * (1.0 + prices_.test);
    }

    // Listing and measuring so many rows.
    double exact(double rows) const { return prices_.pass + rows * (prices_.list + prices_.row); }

    // In the midst of a walk. List: make the list, say how long it is by know(), and ask again.
    Choice look(const FilterProgress& p) const {
        if (mode_ != Mode::Auto) return Choice::Walk;
        const double spent = p.expanded + prices_.test * (known_ ? p.accepted : p.tested);
        const double found = std::max<double>(p.found, 0.5);
        const double left = spent * std::max(0.0, p.wanted / found - 1.0);
        const bool far = 2.0 * p.found < p.wanted;
        if (known_) {
            const double rest = listed_ * prices_.row;
            return (far && rest < left) || spent > rest + exact_so_far_ ? Choice::Exact
                                                                        : Choice::Walk;
        }
        const double budget = exact(corrected(p));
        return (far && spent + left > budget) || spent > budget ? Choice::List : Choice::Walk;
    }

    void know(double listed) {
        known_ = true;
        listed_ = listed;
        exact_so_far_ = listed * prices_.list + prices_.pass;
    }

  private:
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
