// The rule that chooses between a walk and all rows that pass, by made-up costs.
#include "core/graph/filter_rule.hpp"

#include <gtest/gtest.h>

namespace vectidx {
namespace {

using Choice = FilterRule::Choice;
using Mode = FilterRule::Mode;

// A million nodes; `rows` pass, by an index.
FilterPrices prices(double rows) {
    return {1e6, rows, rows, 0.03, 10.0, 0.4, 0.3};
}

FilterProgress progress(uint32_t expanded, uint32_t accepted, uint32_t found) {
    return {expanded, expanded, accepted, 10, found};
}

TEST(FilterRuleTest, MeasuresFewRowsAtOnce) {
    EXPECT_EQ(FilterRule(Mode::Auto, prices(100)).start(), Choice::Exact);
    EXPECT_EQ(FilterRule(Mode::Auto, prices(1000)).start(), Choice::Walk);
    EXPECT_EQ(FilterRule(Mode::Walk, prices(100)).start(), Choice::Walk);
    EXPECT_EQ(FilterRule(Mode::Brute, prices(1e5)).start(), Choice::Exact);
}

TEST(FilterRuleTest, WalksOnWhereRowsAreNear) {
    const FilterRule rule(Mode::Auto, prices(1000));
    EXPECT_EQ(rule.look(progress(64, 6, 6)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(80, 9, 9)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(200, 12, 10)), Choice::Walk);
}

TEST(FilterRuleTest, ListsWhereTheyAreNot) {
    const FilterRule rule(Mode::Auto, prices(1000));
    EXPECT_EQ(rule.look(progress(64, 0, 0)), Choice::List);
    // And where the budget is spent, whatever was found.
    EXPECT_EQ(rule.look(progress(450, 9, 9)), Choice::List);
}

TEST(FilterRuleTest, KeepsToALargeBudget) {
    const FilterRule rule(Mode::Auto, prices(1e5));
    EXPECT_EQ(rule.look(progress(64, 0, 0)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(200, 0, 0)), Choice::Walk);
    // A tenth of the nodes should have passed: the estimate is wrong.
    EXPECT_EQ(rule.look(progress(3000, 0, 0)), Choice::List);
}

TEST(FilterRuleTest, DecidesByTheListOnceItIsThere) {
    FilterRule rule(Mode::Auto, prices(1e5));
    rule.know(50);
    EXPECT_EQ(rule.look(progress(640, 0, 0)), Choice::Exact);
    rule.know(3e5);
    EXPECT_EQ(rule.look(progress(640, 0, 0)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(640, 9, 9)), Choice::Walk);
    rule.know(1000);
    EXPECT_EQ(rule.look(progress(64, 9, 9)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(4000, 9, 9)), Choice::Exact);
}

TEST(FilterRuleTest, ObeysTheMode) {
    const FilterRule walk(Mode::Walk, prices(1000));
    EXPECT_EQ(walk.look(progress(900000, 0, 0)), Choice::Walk);
}

TEST(FilterRuleTest, PricesGrowWithWhatIsWanted) {
    const FilterRule rule(Mode::Auto, prices(1e5));
    EXPECT_LT(rule.walk(10), rule.walk(100));
    EXPECT_LT(rule.exact(10), rule.exact(100));
    EXPECT_GT(FilterRule(Mode::Auto, prices(0)).walk(10), 1e6);
}

}  // namespace
}  // namespace vectidx
