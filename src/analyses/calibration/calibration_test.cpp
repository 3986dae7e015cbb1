#include "analyses/calibration/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "analyses/calibration/calibration_tables.hpp"
#include "base/error.hpp"

namespace kohort {
namespace {

const std::vector<std::string> kBy{"nation", "age_group"};

/// Predictions twice too high among the young (1000 units), right among the old (1000), and 100 of the rest.
CalibrationSample made_up() {
  CalibrationSample sample{
      .outcome_year = 2014, .in_sample = false, .predicted = {}, .actual = {}, .groups = {}};
  GroupColumn age{"age_group", {"young", "old", "rest"}, {}};
  for (std::size_t i = 0; i < 2100; ++i) {
    const double mean = 0.05 + 0.4 * Stream{1}.uniform(i);
    age.codes.push_back(static_cast<std::int16_t>(i / 1000));
    sample.predicted.push_back(i < 1000 ? 2 * mean : mean);
    sample.actual.push_back(Stream{2}.uniform(i) < mean ? 1 : 0);
  }
  sample.groups = {age};
  return sample;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Calibration, MakesEachGroupsMeanRightOnItsOwnSample) {
  const CalibrationSample sample = made_up();
  const auto calibrations = fit_calibrations(sample, kBy);
  const auto by_age = calibrate(calibrations[1], sample.predicted, sample.groups);
  const std::span predicted{by_age}, actual{sample.actual};
  EXPECT_NEAR(mean_of(predicted.first(1000)), mean_of(actual.first(1000)), 1e-12);
  EXPECT_NEAR(mean_of(predicted.subspan(1000, 1000)), mean_of(actual.subspan(1000, 1000)), 1e-12);
  const auto national = calibrate(calibrations[0], sample.predicted, sample.groups);
  EXPECT_NEAR(mean_of(national), mean_of(actual), 1e-12);
  EXPECT_GT(mean_of(std::span{national}.first(1000)),
            mean_of(actual.first(1000)) + 0.02);  // too high for them
}

TEST(Calibration, SmallAndEventlessGroupsTakeTheNationalCurve) {
  CalibrationSample sample = made_up();
  for (std::size_t i = 1000; i < 2000; ++i) sample.actual[i] = 0;
  const auto c = fit_calibrations(sample, kBy);
  EXPECT_TRUE(c[1].groups[0].curve);
  EXPECT_FALSE(c[1].groups[1].curve);  // no event
  EXPECT_FALSE(c[1].groups[2].curve);  // 100 units
  EXPECT_EQ(c[1].curve_of("rest"), c[0].national);
  EXPECT_EQ(c[1].curve_of("unheard of"), c[0].national);
  EXPECT_TRUE(fit_calibrations(sample, kBy, {.min_group = 100})[1].groups[2].curve);
}

TEST(Calibration, MatchesGroupsByLabelNotByCode) {
  const CalibrationSample sample = made_up();
  const auto c = fit_calibrations(sample, kBy);
  const GroupColumn later{"age_group", {"new", "old", "young"}, {2, 1, 0, -1}};
  const std::vector<double> predicted(4, 0.3);
  const auto out = calibrate(c[1], predicted, std::span{&later, 1});
  EXPECT_EQ(out[0], c[1].groups[0].curve->at(0.3));
  EXPECT_EQ(out[1], c[1].groups[1].curve->at(0.3));
  EXPECT_EQ(out[2], c[1].national.at(0.3));
  EXPECT_EQ(out[3], c[1].national.at(0.3));
}

TEST(Calibration, RefusesInSampleCurvesUnlessAsReported) {
  CalibrationSample sample = made_up();
  sample.in_sample = true;
  try {
    fit_calibrations(sample, kBy);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Study);
    EXPECT_EQ(e.problem(), "calibration would be fitted on predictions of the model's own training outcomes");
  }
  EXPECT_TRUE(fit_calibrations(sample, kBy, {.as_reported = true})[0].in_sample);
}

TEST(Calibration, RefusesUnknownColumnsAndEmptySamples) {
  CalibrationSample sample = made_up();
  try {
    fit_calibrations(sample, std::vector<std::string>{"age_grup"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.problem(), "calibration by 'age_grup': there is no such group column");
    EXPECT_NE(e.mend().find("age_group"), std::string::npos);
  }
  sample.actual.assign(sample.actual.size(), std::nan(""));
  EXPECT_THROW(fit_calibrations(sample, kBy), Error);
}

PredictionSet later_set(const CalibrationSample& sample) {
  return {.design = "forecast_path",
          .outcome = "all",
          .model = "lasso",
          .horizon = 2,
          .trained_on = 2014,
          .predict_from = 2014,
          .predict_year = 2016,
          .predicted = sample.predicted,
          .actual = sample.actual,
          .calibrated = {}};
}

TEST(CalibrationTables, ShowCurvesAndTenGroupsOfBothSamples) {
  const CalibrationSample sample = made_up();
  const auto c = fit_calibrations(sample, kBy);
  const PredictionSet set = later_set(sample);
  const Table table = calibration_curve_table(set, sample.groups, sample, c, Stream{3});
  int points = 0;
  std::int64_t fitted_knots = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& by = table.at("by").texts()[row];
    EXPECT_NE(table.at("group").texts()[row], "rest");  // no curve of its own
    if (by != "nation") continue;
    if (table.at("part").texts()[row] == "points") {
      ++points;
      EXPECT_EQ(table.at("n").integers()[row], 210);
      EXPECT_TRUE(table.at("calibrated").is_missing(row));
    } else {
      const double place = table.at("prediction").numbers()[row];
      EXPECT_GE(table.at("n").integers()[row], 5);
      EXPECT_NEAR(table.at("calibrated").numbers()[row], c[0].national.at(place),
                  0.1);  // a mean over an interval
      if (table.at("sample").texts()[row] == "fitted") fitted_knots += table.at("n").integers()[row];
    }
  }
  EXPECT_EQ(points, 20);
  EXPECT_EQ(fitted_knots, 2100);
}

TEST(CalibrationTables, NoPersonsPredictionIsShown) {
  const CalibrationSample sample = made_up();
  const auto c = fit_calibrations(sample, kBy);
  const Table table = calibration_curve_table(later_set(sample), sample.groups, sample, c, Stream{3});
  for (const double shown : table.at("prediction").numbers())
    EXPECT_EQ(std::count(sample.predicted.begin(), sample.predicted.end(), shown), 0);
}

TEST(CalibrationTables, SummaryCountsTheGroupsThatFellBack) {
  const CalibrationSample sample = made_up();
  const auto c = fit_calibrations(sample, kBy);
  const Table table = calibration_summary(later_set(sample), c);
  EXPECT_EQ(table.at("by").texts(), kBy);
  EXPECT_EQ(table.at("groups").integers(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(table.at("own_curve").integers(), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(table.at("national_curve").integers(), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(table.at("n_national").integers(), (std::vector<std::int64_t>{0, 100}));
  EXPECT_EQ(table.at("sample").texts()[0], "out_of_fold");
}

TEST(Calibration, IsAddedToASetUnderItsName) {
  const CalibrationSample sample = made_up();
  PredictionSet set = later_set(sample);
  add_calibrated(set, fit_calibrations(sample, kBy), sample.groups);
  ASSERT_EQ(set.calibrated.size(), 2u);
  EXPECT_EQ(set.calibrated[1].by, "age_group");
  EXPECT_EQ(set.calibrated[1].predicted.size(), set.predicted.size());
}

}  // namespace
}  // namespace kohort
