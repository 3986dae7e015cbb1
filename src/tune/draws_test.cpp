#include "tune/draws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "tune/space.hpp"

namespace kohort {
namespace {

std::vector<std::string> values_near(const char* kind, const std::string& setting,
                                     const std::vector<std::string>& values, const std::string& best) {
  const SearchSpace near = space_near({{{setting, values}}, {}}, {{setting, best}}, engine(kind));
  return near.settings.at(0).second;
}

using Texts = std::vector<std::string>;

TEST(SpaceNear, GoesHalfAStepTowardsEachNeighbour) {
  EXPECT_EQ(values_near("boosting", "n_estimators", {"400", "600", "800"}, "600"),
            (Texts{"600", "500", "700"}));
  EXPECT_EQ(values_near("boosting", "subsample", {"0.6", "0.7", "0.8"}, "0.7"),
            (Texts{"0.7", "0.65", "0.75"}));
  EXPECT_EQ(values_near("boosting", "gamma", {"0", "1", "5"}, "1"), (Texts{"1", "0.5", "3"}));
}

TEST(SpaceNear, GoesOutwardsFromTheEndOfAListWhereTheEngineAllowsIt) {
  EXPECT_EQ(values_near("boosting", "n_estimators", {"400", "600"}, "600"), (Texts{"600", "500", "700"}));
  EXPECT_EQ(values_near("boosting", "subsample", {"0.8", "1"}, "1"), (Texts{"1", "0.9"})) << "at most 1";
  EXPECT_EQ(values_near("boosting", "gamma", {"0", "1", "5"}, "0"), (Texts{"0", "0.5"})) << "at least 0";
}

TEST(SpaceNear, HalvesTheLogarithmOfAListThatSpansAFactorOfTen) {
  EXPECT_EQ(values_near("lasso", "alpha", {"0.001", "0.01", "0.1", "1"}, "0.01"),
            (Texts{"0.01", "0.00316", "0.0316"}));
  EXPECT_EQ(values_near("boosting", "learning_rate", {"0.01", "0.05", "0.1"}, "0.01"),
            (Texts{"0.01", "0.00447", "0.0224"}));
  EXPECT_EQ(values_near("lasso", "alpha", {"1", "10", "100"}, "100"), (Texts{"100", "31.6", "316"}));
}

TEST(SpaceNear, TakesWholeNumbersWhereTheEngineWantsThemAndNamesAsTheyAre) {
  EXPECT_EQ(values_near("boosting", "max_depth", {"4", "5", "6"}, "5"), (Texts{"5", "4", "6"}))
      << "4.5 and 5.5 are rounded away from 5";
  EXPECT_EQ(values_near("random_forest", "max_depth", {"10", "15", "20", "none"}, "20"),
            (Texts{"20", "17", "none"}));
  EXPECT_EQ(values_near("random_forest", "max_depth", {"10", "15", "20", "none"}, "none"),
            (Texts{"none", "20"}));
  EXPECT_EQ(values_near("random_forest", "max_features", {"sqrt", "log2"}, "log2"), (Texts{"log2", "sqrt"}));
  EXPECT_EQ(values_near("boosting", "max_depth", {"4"}, "4"), (Texts{"4"}));
}

TEST(DrawsNear, AreNewAndOfTheSpaceNearAndDoNotDependOnTheirNumber) {
  const Engine& boosting = engine("boosting");
  Draws draws{boosting.space(Objective::SquaredError), {{"reg_lambda", "2"}}, 10, false, 5};
  const std::vector<SettingValues> first = first_draws(draws, boosting, Stream{1});
  const SearchSpace near = space_near(draws.space, first[3], boosting);
  const auto few = draws_near(draws, boosting, first[3], first, Stream{2});
  draws.near = 40;
  const auto many = draws_near(draws, boosting, first[3], first, Stream{2});
  ASSERT_EQ(few.size(), 5);
  ASSERT_EQ(many.size(), 40);
  EXPECT_TRUE(std::ranges::equal(few, std::span{many}.first(5)));
  EXPECT_EQ((std::set<SettingValues>{many.begin(), many.end()}).size(), 40);
  for (const SettingValues& values : many) {
    EXPECT_EQ(std::ranges::count(first, values), 0);
    EXPECT_EQ(values.at("reg_lambda"), "2");
    for (const auto& [setting, allowed] : near.settings)
      EXPECT_EQ(std::ranges::count(allowed, values.at(setting)), 1) << setting;
  }
  draws.near = 0;
  EXPECT_TRUE(draws_near(draws, boosting, first[3], first, Stream{2}).empty());
}

TEST(DrawsNear, AreAllThereAreWhenMoreAreAskedFor) {
  const Engine& lasso = engine("lasso");
  const Draws draws{lasso.space(Objective::SquaredError), {}, 0, false, 50};
  const std::vector<SettingValues> first = first_draws(draws, lasso, Stream{1});
  EXPECT_EQ(first.size(), 6);
  EXPECT_EQ(draws_near(draws, lasso, {{"alpha", "0.1"}}, first, Stream{2}).size(), 2);
}

TEST(Draws, OfPathsBringEveryValueThatOneFitAnswersFor) {
  const Engine& forest = engine("random_forest");
  const Draws two{forest.space(Objective::SquaredError), {}, 2, true},
      all{forest.space(Objective::SquaredError), {}, 0, true};
  const std::vector<SettingValues> drawn = first_draws(two, forest, Stream{1});
  EXPECT_EQ(drawn.size(), 2 * 48);
  EXPECT_EQ(per_draw(two, forest), 48);
  std::map<std::pair<std::string, std::string>, int> rest;
  for (const SettingValues& values : drawn)
    ++rest[{values.at("min_samples_leaf"), values.at("max_features")}];
  EXPECT_EQ(rest.size(), 2);
  for (const auto& [values, count] : rest) EXPECT_EQ(count, 48);

  const std::vector<SettingValues> whole = first_draws(all, forest, Stream{1}),
                                   every = grid(forest.space(Objective::SquaredError));
  EXPECT_EQ((std::set<SettingValues>{whole.begin(), whole.end()}),
            (std::set<SettingValues>{every.begin(), every.end()}));
}

TEST(Draws, OfAnEngineWithoutAPathAreDraws) {
  const Draws plain{{{{"tol", {"1", "2", "3"}}}, {}}, {}, 2, false}, paths{plain.space, {}, 2, true};
  EXPECT_EQ(first_draws(plain, engine("linear"), Stream{1}), first_draws(paths, engine("linear"), Stream{1}));
}

}  // namespace
}  // namespace kohort
