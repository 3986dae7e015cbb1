#include "learn/explain/coefficients.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "learn/engines.hpp"
#include "learn/testing.hpp"

namespace kohort {
namespace {

constexpr LassoSettings kTight{.max_iter = 100'000, .tol = 1e-14};

LinearModel fitted(const Problem& problem, double alpha) {
  Workers workers{1};
  const LinearCells cells{problem.matrix};
  const LinearDesign design = make_linear_design(cells, problem.rows, problem.weights);
  LassoSettings settings = kTight;
  settings.alpha = alpha;
  return make_linear_model(design, fit_lasso(design, problem.outcome, settings, {}, workers), "lasso");
}

std::vector<double> values_of(const LinearModel& model) {
  std::vector<double> values;
  for (const Coefficient& term : coefficients(model)) values.push_back(term.value);
  return values;
}

TEST(Coefficients, AreNamedByPredictorAndLevel) {
  LinearModel model;
  model.terms = {
      {{"age", ColumnKind::Number, {}}, 0, 0, 0, 2, false, {0.5}, {1}},
      {{"area", ColumnKind::Category, {"N", "S"}}, 0, 0, 0, 1, true, {1, 2, 3}, {0.5, 0.25, 0.25}}};
  const auto terms = coefficients(model);
  ASSERT_EQ(terms.size(), 4);
  EXPECT_EQ(terms[0].predictor + "|" + terms[0].level, "age|");
  EXPECT_EQ(terms[0].value / terms[0].scale, 0.25);
  EXPECT_EQ(terms[2].predictor + "|" + terms[2].level, "area|S");
  EXPECT_EQ(terms[3].level, "(missing)");
  EXPECT_EQ(terms[3].value, 3);
  EXPECT_EQ(terms[2].mean, 0.25);
}

TEST(LassoPath, HasTheCoefficientsOfSeparateFits) {
  const MixedProblem p{500};
  std::vector<double> weights;
  for (std::size_t i = 0; i < 500; ++i) weights.push_back(0.5 + Stream{8}.uniform(i));
  const Problem problem{p.matrix, p.count, p.rows, Objective::SquaredError, weights};
  Workers workers{1};
  const LassoPath path = lasso_path(problem, kTight, {0.02, 0.3, 0.005}, workers);
  EXPECT_EQ(path.alpha, (std::vector<double>{0.3, 0.02, 0.005}));
  ASSERT_EQ(path.values.size(), 3);
  for (std::size_t k = 0; k < 3; ++k) {
    const LinearModel alone = fitted(problem, path.alpha[k]);
    EXPECT_TRUE(path.converged[k]);
    EXPECT_NEAR(path.intercept[k], alone.intercept, 1e-7);  // both stopped at a gap of 1e-14
    const auto values = values_of(alone);
    ASSERT_EQ(path.values[k].size(), values.size());
    ASSERT_EQ(path.terms.size(), values.size());
    for (std::size_t j = 0; j < values.size(); ++j) EXPECT_NEAR(path.values[k][j], values[j], 1e-8);
  }
}

TEST(LassoPath, IsOfTheProblemsObjective) {
  const MixedProblem p{500};
  std::vector<double> offset;
  for (std::size_t i = 0; i < 500; ++i) offset.push_back(Stream{9}.uniform(i) - 0.5);
  Workers workers{1};
  for (const Problem& problem :
       {p.events(), Problem{p.matrix, p.count, p.rows, Objective::Poisson, {}, offset}}) {
    const LassoSettings settings{.max_iter = 100'000, .tol = 1e-10};
    const LassoPath path = lasso_path(problem, settings, {0.1, 0.02, 0.005}, workers);
    for (std::size_t k = 0; k < 3; ++k) {
      const SettingValues values{
          {"alpha", std::to_string(path.alpha[k])}, {"max_iter", "100000"}, {"tol", "1e-10"}};
      const auto alone =
          std::get<LinearModel>(fit_model(engine("lasso"), problem, values, Stream{1}, workers));
      EXPECT_TRUE(path.converged[k]);
      EXPECT_NEAR(path.intercept[k], alone.intercept, 1e-6);  // the solvers' tolerance
      const auto want = coefficients(alone);
      for (std::size_t j = 0; j < want.size(); ++j) EXPECT_NEAR(path.values[k][j], want[j].value, 1e-6);
    }
    // by itself it begins at the edge: nothing at the first alpha, something at the second
    const LassoPath whole = lasso_path(problem, settings, {}, workers);
    ASSERT_EQ(whole.alpha.size(), 100);
    const auto entered = [&](std::size_t k) {
      return std::ranges::count_if(whole.values[k], [](double b) { return b != 0; });
    };
    EXPECT_EQ(entered(0), 0);
    EXPECT_GT(entered(1), 0);
  }
}

/// At the largest alpha nothing is in the model yet; just below it the first predictor is.
TEST(LassoPath, BeginsWhereTheFirstPredictorEnters) {
  const MixedProblem p{400};
  Workers workers{1};
  for (const double l1_ratio : {1.0, 0.4}) {
    LassoSettings settings = kTight;
    settings.l1_ratio = l1_ratio;
    const LassoPath path = lasso_path(p.counts(), settings, {}, workers);
    ASSERT_EQ(path.alpha.size(), 100);
    EXPECT_NEAR(path.alpha.back() / path.alpha.front(), 1e-3, 1e-15);
    EXPECT_NEAR(path.alpha[50] / path.alpha[49], std::pow(1e-3, 1 / 99.0), 1e-14);
    const auto in_model = [](const std::vector<double>& values) {
      return std::ranges::count_if(values, [](double value) { return value != 0; });
    };
    const double largest = path.alpha.front();
    const LassoPath start =
        lasso_path(p.counts(), settings, {largest * (1 + 1e-9), largest * (1 - 1e-4)}, workers);
    EXPECT_EQ(in_model(start.values[0]), 0);
    EXPECT_EQ(in_model(start.values[1]), 1);
    EXPECT_GT(in_model(path.values[99]), 5);
  }
}

TEST(LassoPath, IsEmptyWhenNothingGoesWithTheOutcome) {
  const MixedProblem p{50};
  const std::vector<double> constant(50, 3.0);
  Workers workers{1};
  EXPECT_TRUE(lasso_path({p.matrix, constant, p.rows}, kTight, {}, workers).alpha.empty());
  EXPECT_THROW(lasso_path({p.matrix, constant, {}}, kTight, {}, workers), Error);
}

}  // namespace
}  // namespace kohort
