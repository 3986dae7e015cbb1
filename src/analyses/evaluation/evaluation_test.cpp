#include "analyses/evaluation/evaluation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "assess/line.hpp"
#include "assess/logit_calibration.hpp"
#include "assess/metrics.hpp"

namespace kohort {
namespace {

PredictionSet pairs(std::vector<double> predicted, std::vector<double> actual) {
  PredictionSet set;
  set.predicted = std::move(predicted);
  set.actual = std::move(actual);
  return set;
}

/// Counts whose mean is the prediction, in two groups; every seventh unit unobserved.
struct Study {
  PredictionSet set;
  GroupColumn previously{"previously", {"no", "yes"}, {}};
};

Study made_up(std::size_t units, Stream stream) {
  Study s{{.design = "forecast_path",
           .outcome = "all",
           .model = "lasso",
           .horizon = 2,
           .trained_on = 2014,
           .predict_from = 2014,
           .predict_year = 2016,
           .predicted = {},
           .actual = {},
           .calibrated = {}}};
  for (std::size_t i = 0; i < units; ++i) {
    const double mean = stream.child("mean").uniform(i);
    s.set.predicted.push_back(std::round(mean * 200) / 200);
    const auto events = static_cast<double>(stream.child("events").poisson(i, mean));
    s.set.actual.push_back(i % 7 == 3 ? std::nan("") : events);
    s.previously.codes.push_back(mean > 0.7 ? 1 : 0);
  }
  return s;
}

Study reversed(Study s) {
  std::ranges::reverse(s.set.predicted);
  std::ranges::reverse(s.set.actual);
  std::ranges::reverse(s.previously.codes);
  return s;
}

/// The values of units observed, and in a group where code >= 0.
std::pair<std::vector<double>, std::vector<double>> pairs_of(const Study& s, int code) {
  std::pair<std::vector<double>, std::vector<double>> out;
  for (std::size_t i = 0; i < s.set.actual.size(); ++i) {
    if (std::isnan(s.set.actual[i]) || (code >= 0 && s.previously.codes[i] != code)) continue;
    out.first.push_back(s.set.predicted[i]);
    out.second.push_back(s.set.actual[i]);
  }
  return out;
}

TEST(CorrelationTable, HasTheNationAndEachGroup) {
  const Study s = made_up(2000, Stream{1});
  const Table table = correlation_table(s.set, std::span{&s.previously, 1});
  EXPECT_EQ(table.at("group_by").texts(), (std::vector<std::string>{"nation", "previously", "previously"}));
  EXPECT_EQ(table.at("group").texts(), (std::vector<std::string>{"all", "no", "yes"}));
  for (int row = 0; row < 3; ++row) {
    const auto [predicted, actual] = pairs_of(s, row - 1);
    EXPECT_EQ(table.at("n").integers()[row], std::ssize(actual));
    EXPECT_EQ(table.at("correlation").numbers()[row], pearson_correlation(actual, predicted).value());
  }
  EXPECT_EQ(table.columns.front().name, "design");
  EXPECT_EQ(table.columns.back().name, "suppressed");
}

TEST(CorrelationTable, HidesGroupsWithFewPersonsOrFewEvents) {
  PredictionSet set = pairs({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1});
  const GroupColumn area{"area", {"few persons", "few events"}, {0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}};
  set.actual[10] = 0;
  set.actual[0] = 1;
  const Table table = correlation_table(set, std::span{&area, 1});
  EXPECT_FALSE(table.at("correlation").is_missing(0));
  EXPECT_TRUE(table.at("correlation").is_missing(1));
  EXPECT_TRUE(table.at("n").is_missing(1));
  EXPECT_TRUE(table.at("correlation").is_missing(2));
  EXPECT_EQ(table.at("n").integers()[2], 7);
  EXPECT_EQ(table.at("suppressed").integers(), (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(CorrelationTable, IsBlankWhereNothingVariesAndNotSuppressed) {
  const PredictionSet set = pairs(std::vector<double>(20, 0.5), std::vector<double>(20, 1));
  const Table table = correlation_table(set, {});
  EXPECT_TRUE(table.at("correlation").is_missing(0));
  EXPECT_EQ(table.at("suppressed").integers()[0], 0);
}

TEST(ScoreTable, HasEveryMeasureForProbabilities) {
  Study s = made_up(2000, Stream{7});
  for (double& y : s.set.actual) y = std::isnan(y) ? y : std::min(y, 1.0);
  const Table table = score_table(s.set, std::span{&s.previously, 1});
  ASSERT_EQ(table.rows(), 3u);
  const auto [predicted, actual] = pairs_of(s, 1);
  EXPECT_EQ(table.at("auc").numbers()[2], roc_auc(actual, predicted).value());
  EXPECT_EQ(table.at("average_precision").numbers()[2], average_precision(actual, predicted).value());
  EXPECT_EQ(table.at("brier_score").numbers()[2], brier_score(actual, predicted));
  EXPECT_EQ(table.at("log_loss").numbers()[2], log_loss(actual, predicted));
  EXPECT_LT(table.at("auc_low").numbers()[0], table.at("auc").numbers()[0]);
  const LogitCalibration line = fit_logit_calibration(actual, predicted).value();
  EXPECT_EQ(table.at("calibration_slope").numbers()[2], line.slope);
  EXPECT_EQ(table.at("calibration_intercept").numbers()[2], line.intercept);
}

TEST(ScoreTable, LeavesOutWhatHasNoMeaningForCounts) {
  const Study s = made_up(2000, Stream{8});  // counts, and some predictions of zero
  const Table table = score_table(s.set, {});
  EXPECT_FALSE(table.at("auc").is_missing(0));
  EXPECT_FALSE(table.at("mean_squared_error").is_missing(0));
  for (const char* name : {"poisson_deviance", "brier_score", "log_loss", "calibration_slope"})
    EXPECT_TRUE(table.at(name).is_missing(0)) << name;
  PredictionSet positive = s.set;
  for (double& p : positive.predicted) p += 0.01;
  EXPECT_FALSE(score_table(positive, {}).at("poisson_deviance").is_missing(0));
}

TEST(ConcentrationTables, ReadTheTopShareOffTheCurve) {
  // 80 units; the 10 highest predicted have 3 events each, the others 10 events among the next 10.
  PredictionSet set;
  for (int i = 0; i < 80; ++i) {
    set.predicted.push_back(i);
    set.actual.push_back(i >= 70 ? 3 : i >= 60 ? 1 : 0);
  }
  const ConcentrationTables tables = concentration_tables(set);
  const auto& fraction = tables.top_share.at("fraction").numbers();
  const auto row = std::ranges::find(fraction, 0.125) - fraction.begin();
  EXPECT_NEAR(tables.top_share.at("share_actual").numbers()[row], 0.75, 1e-12);
  EXPECT_TRUE(tables.top_share.at("share_actual").is_missing(0));  // 1 % of 80 persons
  EXPECT_EQ(tables.curve.rows(), 200u);
  EXPECT_EQ(tables.curve.at("share_actual").numbers().front(), 0);
  EXPECT_EQ(tables.curve.at("share_perfect").numbers().back(), 1);
}

TEST(ConcentrationTables, HideAllWhenFewHadAnEvent) {
  PredictionSet set = pairs(std::vector<double>(100, 0.1), std::vector<double>(100, 0));
  for (int i = 0; i < 4; ++i) set.actual[i] = 2;
  const ConcentrationTables tables = concentration_tables(set);
  for (std::size_t row = 0; row < tables.curve.rows(); ++row)
    EXPECT_TRUE(tables.curve.at("share_actual").is_missing(row));
}

TEST(DecileTable, CountsAddUpInEachPopulation) {
  const Study s = made_up(20'000, Stream{2});
  const Table table = decile_table(s.set, &s.previously, Stream{5}, 1);
  EXPECT_EQ(table.rows(), 3u * 10 * 6);
  std::map<std::string, std::int64_t> persons;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> of_decile;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& population = table.at("population").texts()[row];
    const std::int64_t count = table.at("count").integers()[row], n = table.at("n").integers()[row];
    persons[population] += count;
    of_decile[{population, table.at("decile").integers()[row]}] += count;
    EXPECT_EQ(table.at("share").numbers()[row], static_cast<double>(count) / static_cast<double>(n));
    if (row % 6 == 5) {
      EXPECT_EQ((of_decile[{population, table.at("decile").integers()[row]}]), n);
    }
  }
  EXPECT_EQ(persons["all"], std::ssize(pairs_of(s, -1).first));
  EXPECT_EQ(persons["not_previously"], std::ssize(pairs_of(s, 0).first));
  EXPECT_EQ(persons["previously"], std::ssize(pairs_of(s, 1).first));
}

TEST(DecileTable, NeverHidesOneCellAloneNorShowsASmallOne) {
  const Study s = made_up(1500, Stream{3});
  const Table table = decile_table(s.set, &s.previously, Stream{5});
  int hidden_in_decile = 0, hidden_in_all = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool hidden = table.at("count").is_missing(row);
    EXPECT_EQ(hidden, table.at("share").is_missing(row));
    EXPECT_EQ(hidden, table.at("suppressed").integers()[row] == 1);
    if (!hidden) EXPECT_FALSE(is_small(table.at("count").integers()[row]));
    hidden_in_decile += hidden ? 1 : 0;
    if (row % 6 != 5) continue;
    EXPECT_NE(hidden_in_decile, 1) << "decile of row " << row;
    hidden_in_all += hidden_in_decile;
    hidden_in_decile = 0;
  }
  EXPECT_GT(hidden_in_all, 0);
}

TEST(SignalTable, IsTheSlopeInEachGroup) {
  const Study s = made_up(3000, Stream{4});
  const Table table = signal_table(s.set, s.previously);
  ASSERT_EQ(table.rows(), 2u);
  for (int row = 0; row < 2; ++row) {
    const auto [predicted, actual] = pairs_of(s, row);
    const Line line = fit_line(predicted, actual).value();
    EXPECT_EQ(table.at("slope").numbers()[row], line.slope);
    EXPECT_EQ(table.at("standard_error").numbers()[row], line.standard_error);
    EXPECT_NEAR(line.slope, 1, 4 * line.robust_standard_error);  // the prediction is the mean
  }
}

TEST(AttritionTable, CountsEachStatus) {
  const GroupColumn status{
      "status", {"observed", "died", "left"}, {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, -1}};
  EXPECT_EQ(to_csv(attrition_table("all", 2014, 2016, status, 2)),
            "outcome,predict_from,predict_year,status,n,share,suppressed\n"
            "all,2014,2016,observed,6,0.46153846153846156,false\n"
            "all,2014,2016,died,5,0.38461538461538464,false\n"
            "all,2014,2016,left,2,0.15384615384615385,false\n");
  const Table safe = attrition_table("all", 2014, 2016, status);
  EXPECT_EQ(safe.at("suppressed").integers(), (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(Evaluation, RowOrderIsNothing) {
  const Study s = made_up(2000, Stream{6}), back = reversed(s);
  const auto near = [](const Table& a, const Table& b, const char* column) {
    ASSERT_EQ(a.rows(), b.rows());
    for (std::size_t row = 0; row < a.rows(); ++row)
      if (!a.at(column).is_missing(row))
        EXPECT_NEAR(a.at(column).numbers()[row], b.at(column).numbers()[row], 1e-12) << column << row;
  };
  near(correlation_table(s.set, std::span{&s.previously, 1}),
       correlation_table(back.set, std::span{&back.previously, 1}), "correlation");
  near(concentration_tables(s.set).curve, concentration_tables(back.set).curve, "share_actual");
  near(concentration_tables(s.set).curve, concentration_tables(back.set).curve, "share_predicted");
  near(signal_table(s.set, s.previously), signal_table(back.set, back.previously), "slope");
}

TEST(Evaluation, AYearAheadGivesTablesWithoutRows) {
  const PredictionSet set = pairs({1, 2, 3}, {});
  const GroupColumn age{"age_group", {"a"}, {0, 0, 0}};
  EXPECT_EQ(correlation_table(set, std::span{&age, 1}).rows(), 0u);
  EXPECT_EQ(concentration_tables(set).curve.rows(), 0u);
  EXPECT_EQ(concentration_tables(set).top_share.rows(), 0u);
  EXPECT_EQ(decile_table(set, &age, Stream{1}).rows(), 0u);
  EXPECT_EQ(signal_table(set, age).rows(), 0u);
  EXPECT_EQ(decile_table(set, &age, Stream{1}).columns.size(), 14u);
}

}  // namespace
}  // namespace kohort
