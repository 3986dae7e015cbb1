#pragma once
// What a linear model has learned, coefficient by coefficient, and along the LASSO's penalty.

#include <optional>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "learn/linear/lasso.hpp"
#include "learn/model.hpp"
#include "learn/problem.hpp"

namespace kohort {

/// One coefficient of a linear model.
struct Coefficient {
  std::string predictor;  // or the name of a product (name_of)
  std::string level;      // of a category, "(missing)" for missing cells; empty: a number
  double value = 0;       // on the scaled logarithm, or of the level
  double scale = 1;       // value / scale is per unit of log(1 + x); 1 for a level
  double mean = 0;        // of what the coefficient multiplies, over the training rows
};

/// In the model's order; the intercept is not among them.
std::vector<Coefficient> coefficients(const LinearModel& model);

/// A coefficient against 0, and its interval of 95 %.
struct CoefficientTest {
  double error = 0;      // standard error
  double statistic = 0;  // t or z
  double p = 1;          // two-sided
  double lower = 0, upper = 0;
};

/// A coefficient with its test, where the model has one.
struct InferredCoefficient : Coefficient {
  std::optional<CoefficientTest> test;
};

/// The intercept, called "(intercept)", and the coefficients, with their tests. References, what depends on
/// other columns, and models without standard errors have none.
std::vector<InferredCoefficient> inferred_coefficients(const LinearModel& model);

/// The coefficients at each alpha.
struct LassoPath {
  std::vector<Coefficient> terms;           // whose values are not used
  std::vector<double> alpha;                // descending
  std::vector<double> intercept;            // shape (alphas)
  std::vector<std::vector<double>> values;  // shape (alphas, terms)
  std::vector<bool> converged;              // shape (alphas)
};

/// One warm path of the LASSO (l1_ratio below 1: of the elastic net) under the problem's objective, from the
/// largest alpha down.
///   settings  for every alpha; settings.alpha is not read
///   alphas    in any order; empty: 100 from the least at which all coefficients are 0 down to a thousandth
///             of it, in equal steps of the logarithm, as sklearn.linear_model.lasso_path
///   throws    Error (fit) when the numbers allow no fit; Error (interrupted) after a stop
LassoPath lasso_path(const Problem& problem, const LassoSettings& settings, std::vector<double> alphas,
                     Workers& workers);

}  // namespace kohort
