#include "report/key_figures.hpp"

#include <gtest/gtest.h>

#include "report/sample.hpp"

namespace kohort {
namespace {

using enum ColumnType;

Table correlations() {
  Rows rows{{"design", Text},   {"outcome", Text}, {"model", Text},        {"horizon", Integer},
            {"group_by", Text}, {"group", Text},   {"correlation", Number}};
  rows.add("forecast_path", "charges", "lasso", 2, "nation", "all", 0.25);
  rows.add("forecast_path", "charges", "forest", 2, "nation", "all", 0.29);
  rows.add("forecast_path", "charges", "lasso", 5, "nation", "all", 0.22);
  rows.add("forecast_path", "charges", "forest", 5, "nation", "all", std::nullopt);
  rows.add("forecast_path", "violence", "lasso", 2, "nation", "all", 0.9);
  rows.add("freshness", "charges", "lasso", 2, "nation", "all", 0.8);
  rows.add("forecast_path", "charges", "lasso", 3, "nation", "all", 0.7);
  return rows.take();
}

TEST(KeyFigures, TakeTheFirstOutcomeAtTheShortestAndTheLongestHorizon) {
  const auto figures = key_figures({{"correlation", correlations()}});
  const std::vector<KeyFigure> expected{{"correlation", "charges", 2, 0.25, 0.29},
                                        {"correlation", "charges", 5, 0.22, 0.22}};
  EXPECT_EQ(figures, expected);
}

TEST(KeyFigures, ReadTheTopShareBetweenThePointsOfTheCurve) {
  Rows rows{{"design", Text},     {"outcome", Text},    {"model", Text},
            {"horizon", Integer}, {"fraction", Number}, {"share_actual", Number}};
  rows.add("forecast_path", "charges", "lasso", 2, 0.1, 0.6);
  rows.add("forecast_path", "charges", "lasso", 2, 0.2, 0.8);
  const auto figures = key_figures({{"concentration", rows.take()}});
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_NEAR(figures[0].low, 0.65, 1e-12);
  EXPECT_NEAR(figures[0].high, 0.65, 1e-12);
}

TEST(KeyFigures, AreLeftOutWithoutTheirTableOrColumn) {
  Table table = correlations();
  std::erase_if(table.columns, [](const Column& column) { return column.name == "model"; });
  EXPECT_TRUE(key_figures({}).empty());
  EXPECT_TRUE(key_figures({{"correlation", table}}).empty());
}

TEST(KeyFigures, AreAllThereForAWholeStudy) {
  std::vector<std::string> ids;
  for (const KeyFigure& figure : key_figures(sample_report("en").tables)) ids.push_back(figure.id);
  EXPECT_EQ(
      ids, (std::vector<std::string>{"correlation", "correlation", "correlation_previously",
                                     "correlation_previously", "top_share", "top_share", "top_decile_without",
                                     "top_decile_without", "forecast_actual", "forecast_predicted"}));
}

TEST(KeyFigures, ReadAsLinesForATerminal) {
  EXPECT_EQ(key_figure_line({"correlation", "charges", 2, 0.25, 0.29}),
            "correlation of predicted and actual, charges, 2 years ahead: 0.250-0.290");
  EXPECT_EQ(key_figure_line({"top_share", "charges", 5, 0.746, 0.746}),
            "share held by the 12.5 % predicted highest, charges, 5 years ahead: 74.6 %");
}

}  // namespace
}  // namespace kohort
