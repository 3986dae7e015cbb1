#include "learn/explain/contributions.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

Model fitted(const char* kind, const Problem& problem, SettingValues settings = {}) {
  Workers workers{1};
  if (std::string{kind} == "lasso")
    return fit_model(engine(kind), problem, {{"alpha", "0.01"}}, Stream{1}, workers);
  if (std::string{kind} == "linear") return fit_model(engine(kind), problem, {}, Stream{1}, workers);
  settings.insert({{"n_estimators", "15"}, {"max_depth", "5"}});
  return fit_model(engine(kind), problem, settings, Stream{1}, workers);
}

/// What a row's contributions add up to.
std::vector<double> sums(const std::vector<double>& values, std::size_t columns) {
  std::vector<double> out(values.size() / columns);
  for (std::size_t k = 0; k < values.size(); ++k) out[k / columns] += values[k];
  return out;
}

TEST(Contributions, AddUpToThePredictionOfEveryKind) {
  const MixedProblem p{700};
  Workers workers{1};
  for (const char* kind : {"linear", "lasso", "random_forest", "boosting"}) {
    for (const Detail detail : {Detail::Predictors, Detail::Features}) {
      const Model model = fitted(kind, p.counts(), {{"encoding", "report"}});
      const Explainer explainer{model, p.matrix, detail};
      const auto sum = sums(explainer.explain(p.rows, workers), explainer.columns());
      const auto predicted = predict(model, p.matrix, p.rows, workers);
      for (std::size_t i = 0; i < sum.size(); ++i)
        ASSERT_NEAR(sum[i], predicted[i], 1e-6 * std::max(1.0, predicted[i])) << kind;  // margins are floats
    }
  }
}

TEST(Contributions, OfAPredictorAreThoseOfItsFeaturesTogether) {
  const MixedProblem p{300};
  Workers workers{1};
  for (const char* kind : {"linear", "lasso", "random_forest", "boosting"}) {
    const Model model = fitted(kind, p.counts(), {{"encoding", "report"}});
    const Explainer by_predictor{model, p.matrix, Detail::Predictors},
        by_feature{model, p.matrix, Detail::Features};
    EXPECT_EQ(by_predictor.names(), predictors_of(model));
    ASSERT_EQ(by_feature.names().size(), by_predictor.names().size() + 2);  // three areas
    const auto whole = by_predictor.explain(p.rows, workers), parts = by_feature.explain(p.rows, workers);
    const std::size_t area = by_predictor.names().size() - 1;
    double largest = 0;
    for (std::size_t i = 0; i < p.rows.size(); ++i) {
      const double* w = &whole[i * by_predictor.columns()];
      const double* f = &parts[i * by_feature.columns()];
      for (std::size_t c = 0; c < area; ++c) ASSERT_NEAR(w[c], f[c], 1e-14);
      ASSERT_NEAR(w[area], f[area] + f[area + 1] + f[area + 2], 1e-14);
      ASSERT_EQ(w[area + 1], f[area + 3]);
      largest = std::max(largest, std::abs(w[area]));
    }
    EXPECT_GT(largest, 0.01);
  }
}

TEST(Contributions, AreTheSameBitsOnAnyNumberOfThreadsAndInAnyCompany) {
  const MixedProblem p{900};
  RowList some;
  for (std::uint32_t i = 3; i < 900; i += 7) some.push_back(i);
  for (const char* kind : {"linear", "lasso", "random_forest", "boosting"}) {
    const Model model = fitted(kind, p.counts());
    const Explainer explainer{model, p.matrix, Detail::Predictors};
    Workers one{1}, two{2}, seven{7};
    const auto a = explainer.explain(p.rows, one);
    EXPECT_EQ(a, explainer.explain(p.rows, two));
    EXPECT_EQ(a, explainer.explain(p.rows, seven));
    EXPECT_EQ(explainer.mean_absolute(p.rows, one), explainer.mean_absolute(p.rows, seven));
    const auto b = explainer.explain(some, seven);
    for (std::size_t k = 0; k < b.size(); ++k)
      ASSERT_EQ(b[k], a[some[k / explainer.columns()] * explainer.columns() + k % explainer.columns()]);
  }
}

TEST(Contributions, HaveAMeanSize) {
  const MixedProblem p{700};
  Workers workers{1};
  const Model model = fitted("boosting", p.events());
  const Explainer explainer{model, p.matrix, Detail::Predictors};
  const auto values = explainer.explain(p.rows, workers);
  const auto mean = explainer.mean_absolute(p.rows, workers);
  for (std::size_t c = 0; c < mean.size(); ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < p.rows.size(); ++i) sum += std::abs(values[i * explainer.columns() + c]);
    EXPECT_NEAR(mean[c], sum / 700, 1e-13);
  }
}

/// Against the mean over the training rows: so the mean contribution there is 0, and the bias the mean
/// outcome.
TEST(Contributions, OfALinearModelAreDeviationsFromTheTrainingMean) {
  const MixedProblem p{400};
  std::vector<double> weights;
  for (std::size_t i = 0; i < 400; ++i) weights.push_back(0.5 + Stream{8}.uniform(i));
  const Problem problem{p.matrix, p.count, p.rows, Objective::SquaredError, weights};
  Workers workers{1};
  for (const Detail detail : {Detail::Predictors, Detail::Features}) {
    const Model model = fitted("lasso", problem);
    const Explainer explainer{model, p.matrix, detail};
    const auto values = explainer.explain(p.rows, workers);
    std::vector<double> sum(explainer.columns());
    double total = 0;
    for (std::size_t i = 0; i < 400; ++i) {
      total += weights[i];
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += weights[i] * values[i * sum.size() + c];
    }
    for (std::size_t c = 0; c + 1 < sum.size(); ++c)
      EXPECT_NEAR(sum[c] / total, 0, 1e-12) << explainer.names()[c];
    EXPECT_NEAR(sum.back() / total, mean_outcome(problem), 1e-12);
    EXPECT_NE(values[0], 0);
  }
}

TEST(Contributions, NameThePredictorThatATableLacks) {
  const MixedProblem p{300};
  MatrixBuilder builder{1};
  builder.add({.name = "age"}, std::vector<float>{1});
  const Matrix poor = builder.finish();
  for (const char* kind : {"linear", "lasso", "random_forest", "boosting"}) {
    try {
      const Model model = fitted(kind, p.counts());
      Explainer(model, poor, Detail::Predictors);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Data);
      EXPECT_EQ(error.where(), "column 'charges_0'");
    }
  }
}

}  // namespace
}  // namespace kohort
