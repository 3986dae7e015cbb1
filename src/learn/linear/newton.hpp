#pragma once
// Newton's method for regressions without a penalty, with the whole information matrix; Firth's likelihood.

#include <optional>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/glm_loss.hpp"
#include "learn/linear/information.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/problem.hpp"

namespace kohort {

/// What is fitted: a design, an outcome and a loss.
struct Regression {
  const LinearDesign& design;
  const Problem& problem;
  GlmLoss loss;
  Workers& workers;

  double weight(std::size_t row) const { return design.weight[row]; }
  GlmRows rows() const { return {problem.outcome, design.weight, problem.offset}; }
  double offset(std::size_t row) const { return problem.offset.empty() ? 0 : problem.offset[row]; }
  /// Whether the variance is a parameter of its own: squared error, Tweedie.
  bool estimates_dispersion() const {
    return loss.objective == Objective::SquaredError || loss.objective == Objective::Tweedie;
  }
};

/// A point and what the likelihood looks like there.
struct RegressionPoint {
  std::vector<double> beta;         // shape (width): about the modes, the intercept first
  std::vector<double> margin;       // shape (matrix rows), offsets included
  std::vector<double> information;  // of each row, times its weight
  std::vector<double> pull;         // - weight * slope of the loss; under Firth with its correction
  std::vector<double> slope;        // X' pull
  Square matrix;                    // X' information X, upper triangle
  double loss = 0;                  // what is minimised
};

/// O(rows x square of a row's entries).
RegressionPoint look(const Regression& of, const RowDesign& x, std::vector<double> beta);

/// The intercept alone, near enough to start from; the other coefficients are 0.
std::vector<double> start_of(const Regression& of, const RowDesign& x);

struct NewtonFit {
  RegressionPoint at;
  Cholesky root;                        // of the information there
  std::optional<Cholesky> curvature{};  // that steps go by under Firth
  bool converged = false;
  int iterations = 0;
  double gap = 0;  // the last step over the first, in standard errors
};

/// Newton's method (Tweedie: Fisher scoring), steps halved until they help; stops when a step, in standard
/// errors, is below `tol` of the first, or after `max_iter`. Looks at the workers each step.
///   firth  maximises Firth's penalised likelihood (1993), by the steps of Heinze and Schemper (2002)
NewtonFit newton(const Regression& of, const RowDesign& x, const LeastSquaresSettings& solver, bool firth);

}  // namespace kohort
