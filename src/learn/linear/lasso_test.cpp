#include "learn/linear/lasso.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "learn/testing.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

/// tests/reference/lasso: one problem, several fits.
struct Reference {
  ReferenceCsv csv{"lasso/problem.csv"};
  std::vector<double> y = csv.numbers("y"), w = csv.numbers("w");
  Matrix matrix = predictors(csv);
  RowList train;
  LinearCells cells{matrix};

  Reference() {
    const std::vector<double> in = csv.numbers("train");
    for (std::uint32_t i = 0; i < in.size(); ++i)
      if (in[i] == 1) train.push_back(i);
  }
  static Matrix predictors(ReferenceCsv csv) {
    csv.names.resize(csv.names.size() - 3);  // y, w, train come last
    csv.cells.resize(csv.names.size());
    return reference_matrix(csv);
  }
};

/// Largest difference of a model's predictions on all rows from scikit-learn's.
double distance(const Reference& r, const LinearModel& model, const std::string& key) {
  const std::vector<double> want = ReferenceCsv{"lasso/predictions.csv"}.numbers(key);
  Workers workers{1};
  const std::vector<double> have = predict(model, r.matrix, all_rows(r.matrix.rows()), workers);
  double largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) largest = std::max(largest, std::abs(want[i] - have[i]));
  return largest;
}

double coefficient(const LinearModel& model, const std::string& name) {
  for (const LinearTerm& term : model.terms)
    if (term.info.name == name) return term.coefficients[0];
  return std::nan("");
}

struct Case {
  const char* key;
  LassoSettings settings;
  bool weighted;
};

TEST(Lasso, EqualsScikitLearn) {
  const Reference r;
  const ReferenceCsv reference{"lasso/coefficients.csv"};
  const std::vector<double> want = reference.numbers("coefficient");
  Workers workers{1};
  const LassoSettings tight{.max_iter = 200'000, .tol = 1e-14};
  for (const Case& c :
       {Case{"lasso:0.001:1", {.alpha = 0.001}, false}, Case{"lasso:0.01:1", {.alpha = 0.01}, false},
        Case{"lasso:0.1:1", {.alpha = 0.1}, false}, Case{"lasso:100.0:1", {.alpha = 100}, false},
        Case{"lasso_weighted:0.01:1", {.alpha = 0.01}, true},
        Case{"elastic_net:0.05:0.3", {.alpha = 0.05, .l1_ratio = 0.3}, false}}) {
    SCOPED_TRACE(c.key);
    LassoSettings settings = tight;
    settings.alpha = c.settings.alpha;
    settings.l1_ratio = c.settings.l1_ratio;
    const LinearDesign design = make_linear_design(
        r.cells, r.train, c.weighted ? std::span<const double>{r.w} : std::span<const double>{});
    const LinearFit fit = fit_lasso(design, r.y, settings, {}, workers);
    EXPECT_TRUE(fit.converged);
    const LinearModel model = make_linear_model(design, fit, "lasso");
    for (std::size_t k = 0; k < want.size(); ++k) {
      if (reference.cells[0][k] != c.key) continue;
      const std::string& name = reference.cells[1][k];
      // All levels of a category sum to the intercept's column, so theirs are not unique; predictions are.
      if (name != "(intercept)" && !name.starts_with("area"))
        EXPECT_NEAR(coefficient(model, name), want[k], 1e-6) << name;  // both stopped at a gap of 1e-14
    }
    EXPECT_LT(distance(r, model, c.key), 1e-6);
  }
}

TEST(LeastSquares, PredictsAsScikitLearnThoughColumnsDependOnEachOther) {
  const Reference r;
  Workers workers{1};
  const LinearDesign design = make_linear_design(r.cells, r.train);
  const LinearFit fit = fit_least_squares(design, r.y, {.max_iter = 20'000, .tol = 1e-12}, workers);
  EXPECT_TRUE(fit.converged);
  EXPECT_LT(distance(r, make_linear_model(design, fit, "linear"), "linear:0:1"), 1e-6);
}

TEST(Lasso, MeetsTheOptimalityConditionOfEveryCoefficient) {
  const MixedProblem p{600};
  const LinearCells cells{p.matrix};
  std::vector<double> weights(p.rows.size());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.5 + Stream{8}.uniform(i);
  const LinearDesign design = make_linear_design(cells, p.rows, weights);
  Workers workers{1};
  const double alpha = 0.02;
  const LinearFit fit =
      fit_lasso(design, p.count, {.alpha = alpha, .max_iter = 100'000, .tol = 1e-14}, {}, workers);
  std::vector<double> predicted(weights.size(), fit.intercept), weighted(weights.size());
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    if (fit.beta[j] == 0) continue;
    add_plain_deviations(design, j, fit.beta[j], predicted);
    for (double& sum : predicted) sum += fit.beta[j] * mode_value(design, j);
  }
  std::size_t zero = 0, non_zero = 0;
  double mean = 0;
  for (std::size_t i = 0; i < weighted.size(); ++i)
    mean += weighted[i] = weights[i] * (p.count[i] - predicted[i]);
  EXPECT_NEAR(mean / design.total_weight, 0, 1e-10);
  for (std::size_t j = 0; j < fit.beta.size(); ++j) {
    if (!design.numbers[j].used) continue;
    const double slope = dot_deviations(design, j, weighted) / design.total_weight;
    SCOPED_TRACE(j);
    ++(fit.beta[j] == 0 ? zero : non_zero);
    if (fit.beta[j] == 0)
      EXPECT_LE(std::abs(slope), alpha + 1e-8);
    else
      EXPECT_NEAR(slope, std::copysign(alpha, fit.beta[j]), 1e-8);
  }
  EXPECT_GT(zero, 0);
  EXPECT_GT(non_zero, 2);
}

TEST(Lasso, EndsAtTheSamePlaceFromAWarmStart) {
  const MixedProblem p{500};
  const LinearCells cells{p.matrix};
  const LinearDesign design = make_linear_design(cells, p.rows);
  Workers workers{1};
  const LassoSettings settings{.alpha = 0.01, .max_iter = 100'000, .tol = 1e-14};
  const LinearFit first = fit_lasso(design, p.count, {.alpha = 0.1}, {}, workers);
  const LinearFit warm = fit_lasso(design, p.count, settings, first.beta, workers);
  const LinearFit cold = fit_lasso(design, p.count, settings, {}, workers);
  for (std::size_t j = 0; j < cold.beta.size(); ++j) EXPECT_NEAR(warm.beta[j], cold.beta[j], 1e-8);
}

TEST(Lasso, DoesNotDependOnTheOrderOfRows) {
  std::vector<std::uint32_t> order = all_rows(300);
  std::ranges::reverse(order);
  const MixedProblem p{300}, q{300, Stream{5}, order};
  const LinearCells cells_p{p.matrix}, cells_q{q.matrix};
  Workers workers{1};
  const LassoSettings settings{.alpha = 0.02, .tol = 1e-14};
  const LinearFit a = fit_lasso(make_linear_design(cells_p, p.rows), p.count, settings, {}, workers);
  const LinearFit b = fit_lasso(make_linear_design(cells_q, q.rows), q.count, settings, {}, workers);
  for (std::size_t j = 0; j < a.beta.size(); ++j) EXPECT_NEAR(a.beta[j], b.beta[j], 1e-10);
}

TEST(Lasso, TakesARowOfWeightTwoForTwoRows) {
  const MixedProblem p{200};
  std::vector<std::uint32_t> twice;
  for (std::uint32_t i = 0; i < 200; ++i) twice.insert(twice.end(), i % 2 == 0 ? 2 : 1, i);
  const MixedProblem q{twice.size(), Stream{5}, twice};
  std::vector<double> weights(200);
  for (std::size_t i = 0; i < 200; ++i) weights[i] = i % 2 == 0 ? 2 : 1;
  const LinearCells cells_p{p.matrix}, cells_q{q.matrix};
  Workers workers{1};
  LinearDesign dp = make_linear_design(cells_p, p.rows, weights);
  const LinearDesign dq = make_linear_design(cells_q, q.rows);
  // medians and scales look at rows, not weights: give both the same, and compare the solvers
  dp.numbers = dq.numbers;
  const LassoSettings settings{.alpha = 0.02, .tol = 1e-14};
  const LinearFit a = fit_lasso(dp, p.count, settings, {}, workers);
  const LinearFit b = fit_lasso(dq, q.count, settings, {}, workers);
  for (std::size_t j = 0; j < a.beta.size(); ++j) EXPECT_NEAR(a.beta[j], b.beta[j], 1e-9);
}

TEST(Lasso, PredictsTheMeanWhenNothingVariesOrThePenaltyIsLarge) {
  const MixedProblem p{100};
  const LinearCells cells{p.matrix};
  const LinearDesign design = make_linear_design(cells, p.rows);
  Workers workers{1};
  const std::vector<double> constant(100, 3.0);
  for (const LinearFit& fit : {fit_lasso(design, constant, {.alpha = 0.1}, {}, workers),
                               fit_least_squares(design, constant, {}, workers)}) {
    EXPECT_TRUE(fit.converged);
    EXPECT_EQ(fit.intercept, 3);
    for (const double b : fit.beta) EXPECT_EQ(b, 0);
  }
  EXPECT_NEAR(fit_lasso(design, p.count, {.alpha = 1e6}, {}, workers).intercept, mean_outcome(p.counts()),
              1e-14);
}

TEST(Lasso, SaysWhenItRanOutOfSweeps) {
  const MixedProblem p{300};
  const LinearCells cells{p.matrix};
  Workers workers{1};
  const LinearFit fit = fit_lasso(make_linear_design(cells, p.rows), p.count,
                                  {.alpha = 1e-4, .max_iter = 1, .tol = 1e-14}, {}, workers);
  EXPECT_FALSE(fit.converged);
  EXPECT_EQ(fit.iterations, 1);
  EXPECT_GT(fit.gap, 1e-14);
}

TEST(Lasso, StopsWhenAsked) {
  const MixedProblem p{50};
  const LinearCells cells{p.matrix};
  std::stop_source stop;
  Workers workers{1, stop.get_token()};
  stop.request_stop();
  EXPECT_THROW(fit_lasso(make_linear_design(cells, p.rows), p.count, {}, {}, workers), Error);
}

}  // namespace
}  // namespace kohort
