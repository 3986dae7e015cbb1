#include "analyses/forecast/forecast.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kohort {
namespace {

/// Twenty units with means as given: the first ten "north", the others "south".
PredictionSet set_at(int horizon, double predicted, double actual) {
  PredictionSet set{.design = "forecast_path",
                    .outcome = "all",
                    .model = "lasso",
                    .horizon = horizon,
                    .trained_on = 2014,
                    .predict_from = 2014,
                    .predict_year = 2014 + horizon,
                    .predicted = {},
                    .actual = {},
                    .calibrated = {}};
  set.predicted.assign(20, predicted);
  set.actual.assign(20, actual);
  return set;
}

GroupColumn area() {
  GroupColumn column{"area", {"north", "south"}, std::vector<std::int16_t>(20, 0)};
  std::fill(column.codes.begin() + 10, column.codes.end(), std::int16_t{1});
  return column;
}

TEST(Forecast, LevelsAreMeansOfUnitsBothPredictedAndObserved) {
  PredictionSet set = set_at(2, 2, 1);
  set.predicted[0] = std::nan("");
  set.actual[1] = std::nan("");
  set.predicted[2] = 20;
  const GroupColumn areas = area();
  const Table table = forecast_levels(set, std::span{&areas, 1});
  EXPECT_EQ(table.at("group").texts(), (std::vector<std::string>{"all", "north", "south"}));
  EXPECT_EQ(table.at("n").integers(), (std::vector<std::int64_t>{18, 8, 10}));
  EXPECT_EQ(table.at("mean_predicted").numbers(), (std::vector<double>{3, 4.25, 2}));
  EXPECT_EQ(table.at("mean_actual").numbers(), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(table.at("year").integers()[0], 2016);
}

TEST(Forecast, IndicesStartAtTheFirstHorizonWhateverTheOrder) {
  const Table levels = stack({forecast_levels(set_at(3, 1.5, 4), {}), forecast_levels(set_at(2, 2, 5), {})});
  const Table table = forecast_table(levels);
  EXPECT_EQ(table.at("index_predicted").numbers(), (std::vector<double>{75, 100}));
  EXPECT_EQ(table.at("index_actual").numbers(), (std::vector<double>{80, 100}));
  EXPECT_EQ(table.at("level_error").numbers(), (std::vector<double>{-62.5, -60}));
  EXPECT_EQ(table.at("change_error").numbers(), (std::vector<double>{-6.25, 0}));
  EXPECT_EQ(table.columns.back().name, "suppressed");
}

TEST(Forecast, PathsOfOtherModelsAndCalibrationsHaveTheirOwnStart) {
  PredictionSet early = set_at(2, 2, 5), late = set_at(3, 3, 5), other = set_at(3, 8, 5);
  early.calibrated.push_back({"nation", std::vector<double>(20, 4)});
  late.calibrated.push_back({"nation", std::vector<double>(20, 5)});
  other.model = "forest";
  const Table table = forecast_table(
      stack({forecast_levels(early, {}), forecast_levels(late, {}), forecast_levels(other, {})}));
  EXPECT_EQ(table.at("calibration").texts(),
            (std::vector<std::string>{"none", "nation", "none", "nation", "none"}));
  EXPECT_EQ(table.at("index_predicted").numbers(), (std::vector<double>{100, 100, 150, 125, 100}));
}

TEST(Forecast, ASuppressedFirstYearLeavesNoIndexToUndoIt) {
  PredictionSet early = set_at(2, 2, 0), late = set_at(3, 2, 1);
  for (int i = 0; i < 3; ++i) early.actual[i] = 1;
  const Table table = forecast_table(stack({forecast_levels(early, {}), forecast_levels(late, {})}));
  EXPECT_EQ(table.at("suppressed").integers(), (std::vector<std::int64_t>{1, 0}));
  EXPECT_TRUE(table.at("index_actual").is_missing(1));
  EXPECT_TRUE(table.at("index_predicted").is_missing(1));
  EXPECT_FALSE(table.at("mean_actual").is_missing(1));
}

TEST(Forecast, AYearAheadHasPredictionsOnly) {
  PredictionSet set = set_at(2, 2, 1);
  set.actual.clear();
  const Table table = forecast_table(forecast_levels(set, {}));
  ASSERT_EQ(table.rows(), 1u);
  EXPECT_EQ(table.at("mean_predicted").numbers()[0], 2);
  EXPECT_TRUE(table.at("mean_actual").is_missing(0));
  EXPECT_TRUE(table.at("level_error").is_missing(0));
  EXPECT_EQ(table.at("index_predicted").numbers()[0], 100);
}

}  // namespace
}  // namespace kohort
