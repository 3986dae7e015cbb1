#include "analyses/prediction_set.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

const double kGap = std::nan("");

PredictionSet small_set() {
  return {.design = "forecast_path",
          .outcome = "all",
          .model = "lasso",
          .horizon = 2,
          .trained_on = 2014,
          .predict_from = 2014,
          .predict_year = 2016,
          .predicted = {1, 2, 3, kGap, 5},
          .actual = {0, 1, kGap, 4, 5},
          .calibrated = {}};
}

TEST(PredictionSet, WalksTheNationAndThenEachGroupInOrder) {
  const GroupColumn age{"age_group", {"young", "old", "none"}, {1, 0, 0, 0, -1}};
  std::string seen;
  for_each_group(small_set(), std::span{&age, 1}, [&](const GroupPairs& g) {
    seen += std::string{g.group_by} + "/" + std::string{g.group};
    for (std::size_t i = 0; i < g.actual.size(); ++i)
      seen += " " + std::to_string(static_cast<int>(g.predicted[i])) + ">" +
              std::to_string(static_cast<int>(g.actual[i]));
    seen += "; ";
  });
  EXPECT_EQ(seen, "nation/all 1>0 2>1 5>5; age_group/young 2>1; age_group/old 1>0; ");
}

TEST(PredictionSet, NobodyObservedGivesNoGroups) {
  PredictionSet set = small_set();
  set.actual.clear();
  for_each_group(set, {}, [](const GroupPairs&) { FAIL(); });
}

TEST(PredictionSet, RefusesColumnsOfOtherUnits) {
  const GroupColumn short_column{"age_group", {"a"}, {0, 0}}, wild_code{"age_group", {"a"}, {0, 0, 1, 0, 0}};
  EXPECT_THROW(check(small_set(), std::span{&short_column, 1}), Error);
  EXPECT_THROW(check(small_set(), std::span{&wild_code, 1}), Error);
  PredictionSet set = small_set();
  set.calibrated.push_back({"nation", {1, 2}});
  EXPECT_THROW(check(set, {}), Error);
  set = small_set();
  set.actual.pop_back();
  EXPECT_THROW(check(set, {}), Error);
}

TEST(PredictionSet, IdentityComesFirstOnEveryRow) {
  Rows rows{{"n", ColumnType::Integer}};
  rows.add(7);
  rows.add(8);
  EXPECT_EQ(to_csv(with_identity(small_set(), rows.take())),
            "design,outcome,model,horizon,trained_on,predict_from,predict_year,n\n"
            "forecast_path,all,lasso,2,2014,2014,2016,7\n"
            "forecast_path,all,lasso,2,2014,2014,2016,8\n");
}

}  // namespace
}  // namespace kohort
