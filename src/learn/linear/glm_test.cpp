#include "learn/linear/glm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/stable.hpp"
#include "learn/testing.hpp"
#include "matrix/reference_csv.hpp"

namespace kohort {
namespace {

constexpr Objective kAll[] = {Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                              Objective::Tweedie};

TEST(GlmLoss, HasTheDerivativesOfItsLoss) {
  for (const Objective objective : kAll)
    for (const double y : {0.0, 1.0, 3.0})
      for (const double m : {-2.0, 0.1, 1.5}) {
        if (objective == Objective::Logistic && y > 1) continue;
        const GlmLoss loss{objective, 1.3};
        const double h = 1e-4;
        const double up = loss.at(y, m + h).loss, here = loss.at(y, m).loss, down = loss.at(y, m - h).loss;
        EXPECT_NEAR(loss.at(y, m).slope, (up - down) / (2 * h), 1e-6);  // h^2 times the third derivative
        EXPECT_NEAR(loss.at(y, m).curvature, (up - 2 * here + down) / (h * h), 1e-5);
      }
}

TEST(GlmLoss, IsLeastWhereTheMeanIsTheOutcome) {
  for (const Objective objective : {Objective::Poisson, Objective::Tweedie})
    EXPECT_NEAR((GlmLoss{objective, 1.6}.at(2.5, std::log(2.5)).slope), 0, 1e-14);
  EXPECT_NEAR((GlmLoss{Objective::Logistic}.mean_of(0.4)), 1 / (1 + std::exp(-0.4)), 1e-15);
  EXPECT_TRUE(std::isfinite(GlmLoss{Objective::Poisson}.at(1, 5000).loss));
}

TEST(GlmLoss, ExpandsManyRowsAsOneByOne) {
  for (const Objective objective : kAll)
    for (const bool weighted : {false, true}) {
      const GlmLoss loss{objective, 1.3};
      std::vector<double> outcome, margin, weight, pull(700), curvature(700);
      double want = 0;
      for (std::size_t i = 0; i < 700; ++i) {
        outcome.push_back(i % 5 == 0 ? std::nan("") : static_cast<double>(i % 2));
        margin.push_back(40 * (Stream{3}.uniform(i) - 0.5));
        weight.push_back(i % 5 == 0 ? 0 : weighted ? Stream{4}.uniform(i) : 1);
        if (i % 5 != 0) want += weight.back() * loss.at(outcome.back(), margin.back()).loss;
      }
      EXPECT_NEAR(loss.expand(outcome, margin, weight, pull, curvature), want, 1e-13 * std::abs(want));
      for (std::size_t i = 0; i < 700; ++i) {
        const LossAt at = i % 5 == 0 ? LossAt{} : loss.at(outcome[i], margin[i]);
        EXPECT_NEAR(pull[i], -weight[i] * at.slope, 1e-14 * std::max(1.0, std::abs(at.slope)));
        EXPECT_NEAR(curvature[i], weight[i] * std::max(at.curvature, 1e-10),
                    1e-14 * std::max(1.0, at.curvature));
      }
    }
}

/// A weighted problem with exposures.
struct Weighted {
  MixedProblem mixed{600};
  LinearCells cells{mixed.matrix};
  std::vector<double> weights, offset;
  LinearDesign design;

  Weighted() {
    for (std::size_t i = 0; i < 600; ++i) {
      weights.push_back(0.5 + Stream{8}.uniform(i));
      offset.push_back(std::log(0.5 + Stream{9}.uniform(i)));
    }
    design = make_linear_design(cells, mixed.rows, weights);
  }
  GlmData data(Objective objective) const {
    return {design, objective == Objective::Logistic ? mixed.event : mixed.count, offset, {objective, 1.4}};
  }
  /// Sum of weight * (outcome - mean derivative) * column, from the cells alone.
  std::vector<double> slopes(const GlmData& data, const LinearFit& fit) const {
    std::vector<double> pull(600), margin = offset, slope;
    for (double& m : margin) m += fit.intercept;
    for (std::size_t j = 0; j < fit.beta.size(); ++j) {
      add_plain_deviations(design, j, fit.beta[j], margin);
      for (double& m : margin) m += fit.beta[j] * mode_value(design, j);
    }
    double sum = 0;
    for (std::size_t i = 0; i < 600; ++i) {
      pull[i] = -weights[i] * data.loss.at(data.outcome[i], margin[i]).slope;
      sum += pull[i];
    }
    for (std::size_t j = 0; j < fit.beta.size(); ++j)
      slope.push_back((dot_deviations(design, j, pull) + mode_value(design, j) * sum) / design.total_weight);
    slope.push_back(sum / design.total_weight);  // of the intercept
    return slope;
  }
};

TEST(GlmPath, MeetsTheOptimalityConditionOfEveryCoefficient) {
  const Weighted w;
  const Workers workers{1};
  for (const Objective objective : kAll)
    for (const double l1_ratio : {1.0, 0.4, 0.0}) {
      const GlmData data = w.data(objective);
      GlmPath path{data, workers};
      std::size_t zeros = 0;
      for (const double alpha : {0.1, 0.02, 0.003}) {
        SCOPED_TRACE(std::string{to_text(objective)} + " " + std::to_string(alpha) + " " +
                     std::to_string(l1_ratio));
        const LinearFit fit =
            path.fit({.alpha = alpha, .l1_ratio = l1_ratio, .max_iter = 100'000, .tol = 1e-9});
        EXPECT_TRUE(fit.converged);
        EXPECT_LE(fit.gap, 1e-9);
        const std::vector<double> slope = w.slopes(data, fit);
        EXPECT_NEAR(slope.back(), 0, 1e-8);
        for (std::size_t j = 0; j < fit.beta.size(); ++j) {
          if (!w.design.numbers[j].used) continue;
          const double gain = slope[j] - alpha * (1 - l1_ratio) * fit.beta[j];
          if (fit.beta[j] == 0)
            EXPECT_LE(std::abs(gain), alpha * l1_ratio + 1e-8) << j;
          else
            EXPECT_NEAR(gain, std::copysign(alpha * l1_ratio, fit.beta[j]), 1e-8) << j;
          zeros += fit.beta[j] == 0 ? 1 : 0;
        }
      }
      EXPECT_EQ(zeros > 0, l1_ratio > 0);
    }
}

TEST(GlmPath, OfLeastSquaresIsTheLasso) {
  const MixedProblem p{600};
  const LinearCells cells{p.matrix};
  const LinearDesign design = make_linear_design(cells, p.rows);
  const Workers workers{1};
  const LassoSettings settings{.alpha = 0.01, .l1_ratio = 0.7, .max_iter = 100'000, .tol = 1e-12};
  const LinearFit lasso = fit_lasso(design, p.count, settings, {}, workers),
                  glm =
                      fit_penalised_glm({design, p.count, {}, {Objective::SquaredError}}, settings, workers);
  for (std::size_t j = 0; j < lasso.beta.size(); ++j)
    EXPECT_NEAR(lasso.beta[j], glm.beta[j], 1e-6) << j;  // both to 1e-12 in the objective
  EXPECT_NEAR(lasso.intercept, glm.intercept, 1e-6);
}

TEST(GlmPath, StartsAtTheLargestAlpha) {
  const Weighted w;
  const Workers workers{1};
  for (const Objective objective : kAll) {
    GlmPath path{w.data(objective), workers};
    const double most = path.largest_alpha(0.5);
    const auto none = [&](double alpha) {
      const LinearFit fit = path.fit({.alpha = alpha, .l1_ratio = 0.5, .tol = 1e-6});
      return std::ranges::all_of(fit.beta, [](double b) { return b == 0; });
    };
    EXPECT_TRUE(none(most * 1.0001));
    EXPECT_FALSE(none(most * 0.99));
  }
}

TEST(Glm, WithoutPenaltyHasNoSlopeLeft) {
  const Weighted w;
  const Workers workers{1};
  for (const Objective objective : kAll) {
    const GlmData data = w.data(objective);
    const LinearFit fit = fit_glm(data, {.tol = 1e-10}, workers);
    EXPECT_TRUE(fit.converged) << to_text(objective);
    EXPECT_FALSE(fit.separated);
    for (const double slope : w.slopes(data, fit)) EXPECT_NEAR(slope, 0, 1e-8) << to_text(objective);
  }
}

TEST(Glm, SaysThatSeparatedOutcomesHaveNoFit) {
  const std::size_t n = 40;
  MatrixBuilder builder{n};
  std::vector<float> cells(n);
  std::vector<double> outcome(n);
  for (std::size_t i = 0; i < n; ++i) {
    cells[i] = static_cast<float>(i);
    outcome[i] = i < 20 ? 0 : 1;
  }
  builder.add({"x"}, cells);
  const Matrix matrix = builder.finish();
  const LinearCells linear{matrix};
  const LinearDesign design = make_linear_design(linear, all_rows(n));
  const Workers workers{1};
  const LinearFit fit = fit_glm({design, outcome, {}, {Objective::Logistic}}, {.max_iter = 200}, workers);
  EXPECT_TRUE(fit.separated);
  EXPECT_TRUE(std::isfinite(fit.beta[0]));
  EXPECT_EQ(make_linear_model(design, fit, "linear").notes.size(), 1);
  EXPECT_TRUE(
      fit_penalised_glm({design, outcome, {}, {Objective::Logistic}}, {.alpha = 0.01}, workers).converged);
}

TEST(Glm, OfOneKindOfOutcomeIsThatOutcome) {
  const MixedProblem p{100};
  const LinearCells cells{p.matrix};
  const LinearDesign design = make_linear_design(cells, p.rows);
  const Workers workers{1};
  for (const double y : {0.0, 1.0}) {
    const std::vector<double> outcome(100, y);
    const GlmData data{design, outcome, {}, {Objective::Logistic}};
    const LinearFit fit = fit_penalised_glm(data, {.alpha = 0.01}, workers);
    EXPECT_NEAR(GlmLoss{Objective::Logistic}.mean_of(fit.intercept), y, 1e-9);
    EXPECT_TRUE(std::ranges::all_of(fit.beta, [](double b) { return b == 0; }));
  }
}

/// tests/reference/glm: ridges by scikit-learn on the columns of tests/reference/lasso.
TEST(Glm, EqualsScikitLearn) {
  ReferenceCsv csv{"lasso/problem.csv"};
  const std::vector<double> y = csv.numbers("y"), w = csv.numbers("w"), in = csv.numbers("train");
  const ReferenceCsv reference{"glm/predictions.csv"};
  std::vector<double> event, offset;
  RowList train;
  for (std::uint32_t i = 0; i < y.size(); ++i) {
    event.push_back(y[i] > 0 ? 1 : 0);
    offset.push_back(std::log(reference.numbers("exposure")[i]));
    if (in[i] == 1) train.push_back(i);
  }
  csv.names.resize(csv.names.size() - 3);
  csv.cells.resize(csv.names.size());
  const Matrix matrix = reference_matrix(csv);
  const LinearCells cells{matrix};
  Workers workers{1};
  struct Case {
    const char* key;
    Objective objective;
    double alpha;
    bool weighted, exposed;
  };
  for (const Case& c : {Case{"logistic:0.02:1", Objective::Logistic, 0.02, false, false},
                        Case{"logistic:0.001:1", Objective::Logistic, 0.001, false, false},
                        Case{"logistic:0.02:w", Objective::Logistic, 0.02, true, false},
                        Case{"poisson:0.02:1", Objective::Poisson, 0.02, false, false},
                        Case{"poisson:0.02:e", Objective::Poisson, 0.02, false, true},
                        Case{"tweedie:0.02:1", Objective::Tweedie, 0.02, false, false},
                        Case{"tweedie:0.02:e", Objective::Tweedie, 0.02, false, true}}) {
    const LinearDesign design =
        make_linear_design(cells, train, c.weighted ? std::span<const double>{w} : std::span<const double>{});
    const GlmData data{design,
                       c.objective == Objective::Logistic ? event : y,
                       c.exposed ? std::span<const double>{offset} : std::span<const double>{},
                       {c.objective, 1.5}};
    const LinearFit fit = fit_penalised_glm(
        data, {.alpha = c.alpha, .l1_ratio = 0, .max_iter = 1'000'000, .tol = 1e-11}, workers);
    EXPECT_TRUE(fit.converged) << c.key;
    LinearModel model = make_linear_model(design, fit, "lasso");
    model.objective = c.objective;
    const std::vector<double> have = predict(model, matrix, all_rows(matrix.rows()), workers),
                              want = reference.numbers(c.key);
    double furthest = 0;
    for (std::size_t i = 0; i < want.size(); ++i)
      furthest = std::max(furthest, std::abs(have[i] - want[i]) / want[i]);
    EXPECT_LT(furthest, 1e-6) << c.key;  // newton-cg's and newton-cholesky's tolerances of 1e-10
  }
}

TEST(GlmPath, StopsWhenAsked) {
  const MixedProblem p{200};
  const LinearCells cells{p.matrix};
  const LinearDesign design = make_linear_design(cells, p.rows);
  std::stop_source stop;
  stop.request_stop();
  const Workers workers{1, stop.get_token()};
  EXPECT_THROW(fit_penalised_glm({design, p.event, {}, {Objective::Logistic}}, {.alpha = 1e-3}, workers),
               Error);
}

}  // namespace
}  // namespace kohort
