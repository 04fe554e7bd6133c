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
    EXPECT_EQ(FilterRule(Mode::Auto, prices(100)).start(10), Choice::Rest);
    EXPECT_EQ(FilterRule(Mode::Auto, prices(1000)).start(10), Choice::Walk);
    EXPECT_EQ(FilterRule(Mode::Walk, prices(100)).start(10), Choice::Walk);
    EXPECT_EQ(FilterRule(Mode::Brute, prices(1e5)).start(10), Choice::Rest);
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
    EXPECT_EQ(rule.look(progress(640, 0, 0)), Choice::Rest);
    rule.know(3e5);
    EXPECT_EQ(rule.look(progress(640, 0, 0)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(640, 9, 9)), Choice::Walk);
    rule.know(1000);
    EXPECT_EQ(rule.look(progress(64, 9, 9)), Choice::Walk);
    EXPECT_EQ(rule.look(progress(4000, 9, 9)), Choice::Rest);
}

TEST(FilterRuleTest, ObeysTheMode) {
    const FilterRule walk(Mode::Walk, prices(1000));
    EXPECT_EQ(walk.look(progress(900000, 0, 0)), Choice::Walk);
}

TEST(FilterRuleTest, PricesGrowWithWhatIsWanted) {
    const FilterRule rule(Mode::Auto, prices(1e5));
    EXPECT_LT(rule.walk(10), rule.walk(100));
    EXPECT_LT(rule.exact(10, 10), rule.exact(100, 10));
    EXPECT_GT(FilterRule(Mode::Auto, prices(0)).walk(10), 1e6);
}

// The same with a directory.
FilterPrices with_directory(double nodes, double rows) {
    FilterPrices p = prices(rows);
    p.nodes = nodes;
    p.directory = true;
    p.entry = 0.0015;
    p.code = 0.01;
    return p;
}

TEST(FilterRuleTest, TakesCodesWhereManyRowsAreListed) {
    const FilterRule rule(Mode::Auto, with_directory(1e5, 1000));
    EXPECT_FALSE(rule.by_codes(100, 10));
    EXPECT_TRUE(rule.by_codes(1000, 10));
    EXPECT_LT(rule.exact(1000, 10), FilterRule(Mode::Auto, prices(1000)).exact(1000, 10));
    EXPECT_EQ(rule.exact(100, 10), FilterRule(Mode::Auto, prices(100)).exact(100, 10));
    EXPECT_FALSE(FilterRule(Mode::Auto, prices(1000)).by_codes(1e6, 10));
    EXPECT_TRUE(FilterRule(Mode::Codes, with_directory(1e6, 10)).by_codes(1, 10));
    EXPECT_FALSE(FilterRule(Mode::Codes, prices(1000)).by_codes(1000, 10));
    EXPECT_FALSE(FilterRule(Mode::Brute, with_directory(1e5, 1000)).by_codes(1000, 10));
    EXPECT_EQ(FilterRule(Mode::Codes, with_directory(1e6, 1e6)).start(10), Choice::Rest);
}

TEST(FilterRuleTest, BeginsNoHopelessWalk) {
    EXPECT_EQ(FilterRule(Mode::Auto, with_directory(1e5, 800)).start(10), Choice::Rest);
    EXPECT_EQ(FilterRule(Mode::Auto, with_directory(1e5, 10000)).start(10), Choice::Walk);
    // In a large table the codes of all nodes are dear.
    EXPECT_EQ(FilterRule(Mode::Auto, with_directory(1e7, 1e5)).start(10), Choice::Walk);
}

TEST(FilterRuleTest, LeavesCodesThatTellTooLittle) {
    FilterRule rule(Mode::Auto, with_directory(1e5, 1000));
    rule.know(1000);
    EXPECT_TRUE(rule.codes_go_on(progress(300, 0, 0)));
    EXPECT_FALSE(rule.codes_go_on(progress(600, 0, 0)));
    FilterRule forced(Mode::Codes, with_directory(1e5, 1000));
    forced.know(1000);
    EXPECT_TRUE(forced.codes_go_on(progress(1000, 0, 0)));
}

}  // namespace
}  // namespace vectidx
