// The conformance suite: what every kind of model must do, run over the array of kinds.
#include "learn/engines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "learn/explain/contributions.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

class EveryEngine : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Engine& kind() const { return engines()[GetParam()]; }
  /// Settings that keep a test short and let the model see something.
  SettingValues quick() const {
    const std::string name = kind().name;
    if (name == "lasso") return {{"alpha", "0.01"}};
    if (name == "linear") return {};
    return {{"n_estimators", "20"}, {"max_depth", "4"}};
  }
  Model fit(const Problem& problem, Stream stream = Stream{1}) const {
    Workers workers{1};
    return fit_model(kind(), problem, quick(), stream, workers);
  }
};

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ma += a[i] / n, mb += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

TEST_P(EveryEngine, LearnsWhatGeneralises) {
  const MixedProblem p{2000}, later{2000, Stream{6}};
  Workers workers{1};
  const std::vector<double> prediction = predict(fit(p.counts()), later.matrix, later.rows, workers);
  EXPECT_GT(correlation(prediction, later.count), 0.3);
}

TEST_P(EveryEngine, IsAFunctionOfItsInputs) {
  const MixedProblem p{300};
  EXPECT_EQ(fit(p.counts()), fit(p.counts()));
}

/// Under every objective; what a model predicts is per exposure, a row held out has its own.
TEST_P(EveryEngine, PredictsHeldRowsAsItsModelDoes) {
  const MixedProblem p{500};
  RowList train, held;
  for (const std::uint32_t row : p.rows) (row % 4 == 0 ? held : train).push_back(row);
  std::vector<double> exposures(p.matrix.rows());
  for (std::size_t i = 0; i < exposures.size(); ++i) exposures[i] = 2 * Stream{9}.uniform(i) - 1;
  Workers workers{1};
  Inputs inputs;
  kind().prepare(inputs, p.matrix, p.rows, quick(), workers);
  SettingValues settings = kind().complete(quick()), point;
  for (const char* name : kind().path_settings) point.insert(settings.extract(name));
  for (const Objective objective : kind().objectives) {
    SCOPED_TRACE(to_text(objective));
    Problem problem{p.matrix, objective == Objective::Logistic ? p.event : p.count, train, objective};
    if (objective == Objective::Poisson || objective == Objective::Tweedie) problem.offset = exposures;
    const auto held_predictions =
        kind().predict_held(inputs, problem, settings, std::vector{point}, held, Stream{3}, workers);
    ASSERT_EQ(held_predictions.size(), 1);
    const Model model = kind().fit(inputs, problem, quick(), Stream{3}, workers);
    std::vector<double> expected = predict(model, p.matrix, held, workers);
    double tolerance = 1e-11;  // a path adds up its margins step by step
    if (!problem.offset.empty()) {
      for (std::size_t i = 0; i < held.size(); ++i) expected[i] *= std::exp(exposures[held[i]]);
      tolerance = 1e-5;  // trees add up 32-bit margins
    }
    if (objective == Objective::SquaredError) EXPECT_EQ(held_predictions[0], expected);
    ASSERT_EQ(held_predictions[0].size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(held_predictions[0][i], expected[i], tolerance * (1 + expected[i]));
  }
}

/// Under squared error the margin is the prediction.
TEST_P(EveryEngine, IsExplainedByContributionsThatAddUp) {
  const MixedProblem p{500};
  Workers one{1}, two{2}, seven{7};
  const Model model = fit(p.counts());
  const std::vector<double> prediction = predict(model, p.matrix, p.rows, one);
  for (const Detail detail : {Detail::Predictors, Detail::Features}) {
    const Explainer explainer{model, p.matrix, detail};
    const std::vector<double> values = explainer.explain(p.rows, one);
    EXPECT_EQ(values, explainer.explain(p.rows, two));
    EXPECT_EQ(values, explainer.explain(p.rows, seven));
    for (std::size_t i = 0; i < p.rows.size(); ++i) {
      const auto row = std::span{values}.subspan(i * explainer.columns(), explainer.columns());
      const double sum = std::accumulate(row.begin(), row.end(), 0.0);
      EXPECT_NEAR(sum, prediction[i], 1e-6 * std::max(1.0, prediction[i]));  // boosting adds up floats
    }
  }
}

TEST_P(EveryEngine, PredictsTheConstantOfAConstantOutcome) {
  const MixedProblem p{100};
  const std::vector<double> constant(100, 2.0);
  Workers workers{1};
  for (const double x : predict(fit({p.matrix, constant, p.rows}), p.matrix, p.rows, workers))
    EXPECT_NEAR(x, 2, 1e-5);
}

TEST_P(EveryEngine, FitsThoughAColumnIsAllMissingOrThereIsOneRow) {
  MatrixBuilder builder{3};
  builder.add({.name = "nothing"}, std::vector<float>(3, std::numeric_limits<float>::quiet_NaN()));
  builder.add({.name = "x"}, std::vector<float>{1, 2, 3});
  const Matrix matrix = builder.finish();
  const std::vector<double> y{1, 2, 4};
  Workers workers{1};
  for (const RowList& rows : {RowList{0, 1, 2}, RowList{1}})
    for (const double x : predict(fit({matrix, y, rows}), matrix, RowList{0, 1, 2}, workers))
      EXPECT_TRUE(std::isfinite(x));
}

TEST_P(EveryEngine, SaysWhyNumbersAllowNoFit) {
  const MixedProblem p{20};
  const auto problem_of = [&](const Problem& problem) {
    try {
      fit(problem);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::Fit);
      return e.problem();
    }
    return std::string{"no error"};
  };
  EXPECT_EQ(problem_of({p.matrix, p.count, RowList{}}), "there are no training rows");
  std::vector<double> missing = p.count;
  missing[3] = std::nan("");
  EXPECT_EQ(problem_of({p.matrix, missing, p.rows}), "the outcome is missing or infinite in 1 training rows");
  const std::vector<double> none(20, 0.0);
  EXPECT_EQ(problem_of({p.matrix, p.count, p.rows, Objective::SquaredError, none}),
            "the weights of all training rows are 0");
  const Matrix empty = MatrixBuilder{20}.finish();
  EXPECT_EQ(problem_of({empty, p.count, p.rows}), "there are no predictors");
}

TEST_P(EveryEngine, FitsProbabilitiesOrSaysThatItCannot) {
  const MixedProblem p{400};
  Workers workers{1};
  if (std::ranges::find(kind().objectives, Objective::Logistic) == kind().objectives.end()) {
    EXPECT_THROW(fit(p.events()), Error);
    return;
  }
  for (const double x : predict(fit(p.events()), p.matrix, p.rows, workers)) {
    EXPECT_GE(x, -1e-6);
    EXPECT_LE(x, 1 + 1e-6);
  }
}

TEST_P(EveryEngine, LearnsEveryObjectiveItNames) {
  const MixedProblem p{2000}, later{2000, Stream{6}};
  Workers workers{1};
  for (const Objective objective : kind().objectives) {
    const bool yes_or_no = objective == Objective::Logistic;
    const Model model = fit({p.matrix, yes_or_no ? p.event : p.count, p.rows, objective});
    EXPECT_EQ(objective_of(model), objective);
    const std::vector<double> prediction = predict(model, later.matrix, later.rows, workers);
    EXPECT_GT(correlation(prediction, yes_or_no ? later.event : later.count), 0.2) << to_text(objective);
    double mean = 0, outcome = 0;
    for (std::size_t i = 0; i < 2000; ++i) {
      mean += prediction[i] / 2000;
      outcome += (yes_or_no ? later.event : later.count)[i] / 2000;
      if (objective != Objective::SquaredError) ASSERT_GE(prediction[i], 0) << to_text(objective);
    }
    EXPECT_NEAR(mean, outcome, 0.1 * outcome) << to_text(objective) << ": two samples of 2 000, 3 % each";
  }
}

TEST_P(EveryEngine, HasASpaceOfValidSettings) {
  for (const Objective objective : kind().objectives)
    for (const auto& [name, values] : kind().space(objective).settings)
      for (const std::string& value : values) EXPECT_NO_THROW(kind().complete({{name, value}})) << name;
  EXPECT_EQ(kind().complete({}).size(), kind().manual().size());
  EXPECT_THROW(kind().complete({{"no_such_setting", "1"}}), Error);
}

TEST_P(EveryEngine, StopsWhenAsked) {
  const MixedProblem p{100};
  std::stop_source stop;
  stop.request_stop();
  Workers calm{1}, stopped{1, stop.get_token()};
  Inputs inputs;
  kind().prepare(inputs, p.matrix, p.rows, quick(), calm);
  try {
    kind().fit(inputs, p.counts(), quick(), Stream{1}, stopped);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Interrupted);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryEngine, ::testing::Range(std::size_t{0}, engines().size()),
                         [](const auto& test) { return std::string{engines()[test.param].name}; });

TEST(Engines, AreFoundByNameOrTheNearestIsNamed) {
  EXPECT_STREQ(engine("boosting").name, "boosting");
  try {
    engine("bosting");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "kind: there is no kind of model 'bosting'\n"
                 "   mend: did you mean 'boosting'? Known: linear, lasso, random_forest, boosting.");
  }
}

TEST(Engines, LeaveARecordOfEverySetting) {
  const MixedProblem p{100};
  const ModelRecord record = record_of(engine("lasso"), p.counts(), {{"alpha", "0.5"}});
  EXPECT_EQ(record.at("rows"), "100");
  EXPECT_EQ(record.at("settings.alpha"), "0.5");
  EXPECT_EQ(record.size(), 2 + engine("lasso").manual().size()) << "software, rows, and the settings";
  EXPECT_TRUE(record.at("software").starts_with("kohort "));
}

TEST(Engines, ShareWhatWasPrepared) {
  const MixedProblem p{100};
  Workers workers{1};
  Inputs inputs;
  for (const char* depth : {"3", "4"})
    engine("boosting").prepare(inputs, p.matrix, p.rows, {{"max_depth", depth}}, workers);
  EXPECT_EQ(inputs.bins.size(), 1);
  engine("boosting").prepare(inputs, p.matrix, p.rows, {{"encoding", "ordinal"}}, workers);
  EXPECT_EQ(inputs.bins.size(), 2);
  for (const char* name : {"boosting", "random_forest"})
    engine(name).prepare(inputs, p.matrix, p.rows, {{"encoding", "report"}}, workers);
  EXPECT_EQ(inputs.bins.size(), 3);
  engine("boosting")
      .prepare(inputs, p.matrix, p.rows, {{"engine", "libxgboost"}, {"encoding", "report"}}, workers);
  EXPECT_EQ(inputs.trees.size(), 1);
}

}  // namespace
}  // namespace kohort
