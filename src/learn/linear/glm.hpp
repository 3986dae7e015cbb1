#pragma once
// Generalised linear models on sparse columns: logistic, Poisson and Tweedie, with LASSO, elastic net or no
// penalty, weights and offsets.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/lasso.hpp"
#include "matrix/linear_design.hpp"

namespace kohort {

/// What is fitted; everything outlives the fit.
struct GlmData {
  const LinearDesign& design;       // its weights are those of the loss
  std::span<const double> outcome;  // shape (matrix rows)
  std::span<const double> offset;   // shape (matrix rows), or empty for 0
  GlmLoss loss;

  GlmRows rows() const { return {outcome, design.weight, offset}; }
};

/// A path of penalised fits, each from where the line through the two before it leads. Minimises over b0 and
/// b, with w the weights and W their sum,
///   1/W sum w loss(y, b0 + x b + offset) + alpha l1_ratio |b|_1 + alpha (1 - l1_ratio)/2 |b|_2^2
/// (glmnet's objective; scikit-learn's LogisticRegression has C = 1 / (W alpha)). Proximal Newton: the loss
/// is replaced by its second-order expansion, which cyclic coordinate descent solves (Friedman, Hastie and
/// Tibshirani 2010), with a line search. Columns that the sequential strong rule leaves out (Tibshirani et
/// al. 2012) are looked at after each fit, and taken in when their optimality condition fails. O(cells of the
/// columns in play) a sweep; 40 bytes per matrix row. On one thread.
class GlmPath {
 public:
  /// Fits the model without predictors; where all outcomes are 0 (or 1 under Logistic), with a mean 1e-12
  /// away. Looks at `workers` each sweep and throws Error (interrupted) after a stop.
  GlmPath(const GlmData& data, const Workers& workers);
  ~GlmPath();

  /// LinearFit::gap is the largest violation of an optimality condition over the steepest slope of the model
  /// without predictors; converged below settings.tol, or, where rounding allows no more, as near as it gets.
  /// Iterations are sweeps, settings.max_iter at most. Residuals are outcome - mean.
  LinearFit fit(const LassoSettings& settings);
  /// The least alpha at which all coefficients are 0; l1_ratio counts as .001 at least.
  double largest_alpha(double l1_ratio) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One penalised fit, by a short path from the largest alpha down.
LinearFit fit_penalised_glm(const GlmData& data, const LassoSettings& settings, const Workers& workers);

/// Fits with several settings from the largest alpha down; `each` gets a fit and its place among `settings`,
/// in that order.
void fit_glm_path(const GlmData& data, std::span<const LassoSettings> settings, const Workers& workers,
                  const std::function<void(std::size_t, const LinearFit&)>& each);

/// Without a penalty: Newton's method, each step by conjugate gradients, with a line search; of several
/// solutions one near zero. LinearFit::gap is the length of the gradient over the first one. Where the
/// predictors separate outcomes there is no finite fit: coefficients grow until the gradient is below the
/// tolerance, and LinearFit::separated is set (Albert and Anderson 1984). O(cells) an iteration.
LinearFit fit_glm(const GlmData& data, const LeastSquaresSettings& settings, const Workers& workers);

}  // namespace kohort
