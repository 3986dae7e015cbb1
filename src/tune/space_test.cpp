#include "tune/space.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "base/error.hpp"
#include "learn/engines.hpp"

namespace kohort {
namespace {

const SearchSpace kSmall{{{"a", {"1", "2"}}, {"b", {"x", "y", "z"}}}, {}};

TEST(Space, GridHasEveryCombinationOnceLastSettingFastest) {
  const std::vector<SettingValues> all = grid(kSmall);
  ASSERT_EQ(all.size(), 6);
  EXPECT_EQ(all[0], (SettingValues{{"a", "1"}, {"b", "x"}}));
  EXPECT_EQ(all[1], (SettingValues{{"a", "1"}, {"b", "y"}}));
  EXPECT_EQ(all[3], (SettingValues{{"a", "2"}, {"b", "x"}}));
  EXPECT_EQ((std::set<SettingValues>{all.begin(), all.end()}).size(), 6);
}

TEST(Space, HasTheReportsNumberOfCombinations) {
  EXPECT_EQ(combinations(engine("boosting").space(Objective::SquaredError)), 3888);
  EXPECT_EQ(combinations(engine("lasso").space(Objective::SquaredError)), 6);
  EXPECT_EQ(combinations(engine("random_forest").space(Objective::SquaredError)), 288);
  EXPECT_EQ(combinations(engine("linear").space(Objective::SquaredError)), 1);
}

TEST(Draws, AreDistinctAndDoNotDependOnTheirNumber) {
  const SearchSpace space = engine("boosting").space(Objective::SquaredError);
  const auto few = draw_configurations(space, 10, Stream{1}),
             many = draw_configurations(space, 100, Stream{1});
  EXPECT_TRUE(std::ranges::equal(few, std::span{many}.first(10)));
  EXPECT_EQ((std::set<SettingValues>{many.begin(), many.end()}).size(), 100);
  EXPECT_NE(few, draw_configurations(space, 10, Stream{2}));
}

TEST(Draws, GiveAllWhenThereAreNoMore) {
  const auto all = draw_configurations(kSmall, 50, Stream{3});
  EXPECT_EQ((std::set<SettingValues>{all.begin(), all.end()}).size(), 6);
  EXPECT_EQ(draw_configurations({}, 10, Stream{3}).size(), 1);
}

TEST(Draws, FallEvenlyOnTheValues) {
  const SearchSpace space = engine("boosting").space(Objective::SquaredError);
  int deep = 0;
  for (const SettingValues& v : draw_configurations(space, 900, Stream{4}))
    deep += v.at("max_depth") == "6" ? 1 : 0;
  EXPECT_NEAR(deep, 300, 4 * std::sqrt(900 * 2.0 / 9));  // four standard errors
}

TEST(Space, RefusesASettingWithoutValues) {
  try {
    combinations({{{"alpha", {}}}, {}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "alpha: there is no value to try\n   mend: give at least one value");
  }
  EXPECT_THROW(draw_configurations(kSmall, 0, Stream{1}), Error);
}

}  // namespace
}  // namespace kohort
