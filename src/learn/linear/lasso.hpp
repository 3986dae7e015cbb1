#pragma once
// LASSO and elastic net by cyclic coordinate descent on sparse columns, and least squares.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/linear_features.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"
#include "learn/settings.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// Names and defaults of sklearn.linear_model.Lasso and ElasticNet (l1_ratio: Lasso's 1), and XGBoost's
/// tweedie_variance_power.
struct LassoSettings {
  double alpha = 1;
  double l1_ratio = 1;
  int max_iter = 1000;
  double tol = 1e-4;
  double tweedie_variance_power = 1.5;
  LinearFeatures features{};
};

template <SettingsOf<LassoSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  visit("alpha", s.alpha, Between{1e-12, 1e12}, "weight of the penalty");
  visit("l1_ratio", s.l1_ratio, Between{0, 1},
        "share of the penalty on absolute values; 1 is the LASSO, 0 ridge");
  visit("max_iter", s.max_iter, Between{1, 1e6}, "most sweeps over the coefficients");
  visit("tol", s.tol, Between{1e-14, 1},
        "duality gap at the end, as a share of the outcome's sum of squares; other objectives: largest "
        "violation of an optimality condition, as a share of the steepest slope without predictors");
  visit("tweedie_variance_power", s.tweedie_variance_power, Between{1.001, 1.999},
        "variance = mean to this power (tweedie)");
  describe(s.features, visit);
}

/// Throws Error (study) where they name features that cannot be.
inline void check_settings(const LassoSettings& settings) { recipe_of(settings.features); }

/// The coefficients on the scaled columns of a design.
struct LinearFit {
  double intercept = 0;
  std::vector<double> beta;    // shape (columns of the design); 0 where the column is not used
  std::vector<double> margin;  // of every row, offsets included, shape (matrix rows); left out by least
                               // squares
  bool converged = false;
  int iterations = 0;  // sweeps
  double gap = 0;      // how far from optimal: what tol is held against
  bool separated =
      false;  // fitted means at the edge of what is possible: coefficients without a finite value
};

/// Minimises over b0 and b, with w the weights and W their sum,
///   1/(2W) sum w (y - b0 - x b)^2 + alpha l1_ratio |b|_1 + alpha (1 - l1_ratio)/2 |b|_2^2
/// (the objective of scikit-learn's Lasso and ElasticNet), by cyclic coordinate descent (Friedman, Hastie and
/// Tibshirani 2010) with sweeps over the non-zero coefficients in between, stopped by scikit-learn's duality
/// gap. Columns are centred without touching a cell: the residual's mean is zero, so the constant part of a
/// column drops out of its slope and enters the residual as one number. O(cells) a sweep.
///   outcome  shape (matrix rows)
///   start    coefficients to start from, or empty; a warm start changes the path, not the optimum
/// Looks at `workers` each sweep and throws Error (interrupted) after a stop.
LinearFit fit_lasso(const LinearDesign& design, std::span<const double> outcome,
                    const LassoSettings& settings, std::span<const double> start, const Workers& workers);

/// Places among `settings` from the largest alpha down: the order of a warm path.
std::vector<std::size_t> from_largest_alpha(std::span<const LassoSettings> settings);

/// Fits with several settings, one warm path from the largest alpha down: each fit starts at the coefficients
/// of the one before. `each` gets a fit and its place among `settings`, in that order of alphas.
void fit_lasso_path(const LinearDesign& design, std::span<const double> outcome,
                    std::span<const LassoSettings> settings, const Workers& workers,
                    const std::function<void(std::size_t, const LinearFit&)>& each);

/// The least alpha at which all coefficients are 0 (l1_ratio counts as .001 at least: a ridge has none,
/// glmnet's rule); 0 when no column goes with the outcome. O(cells).
double largest_alpha(const LinearDesign& design, std::span<const double> outcome, double l1_ratio);

/// sklearn.linear_model.LinearRegression, by conjugate gradients on the normal equations: of several
/// solutions the shortest, as there.
struct LeastSquaresSettings {
  int max_iter = 2000;
  double tol = 1e-9;
  double tweedie_variance_power = 1.5;
  LinearFeatures features{};
};

template <SettingsOf<LeastSquaresSettings> Settings, class Visitor>
void describe(Settings& s, Visitor&& visit) {
  visit("max_iter", s.max_iter, Between{1, 1e6}, "most iterations");
  visit("tol", s.tol, Between{1e-14, 1}, "gradient at the end, as a share of the first");
  visit("tweedie_variance_power", s.tweedie_variance_power, Between{1.001, 1.999},
        "variance = mean to this power (tweedie)");
  describe(s.features, visit);
}

/// Minimises the weighted sum of squares. Hestenes and Stiefel (1952), started at zero and hence ending in
/// the row space: the minimum norm solution when columns depend on each other. O(cells) an iteration.
LinearFit fit_least_squares(const LinearDesign& design, std::span<const double> outcome,
                            const LeastSquaresSettings& settings, const Workers& workers);

/// The model out of a fit.
LinearModel make_linear_model(const LinearDesign& design, const LinearFit& fit, std::string kind);

}  // namespace kohort
