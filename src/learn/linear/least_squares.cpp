#include <algorithm>
#include <cmath>

#include "learn/linear/centred_design.hpp"
#include "learn/linear/lasso.hpp"

namespace kohort {
namespace {

/// A squared gradient this small is rounding: of outcomes that do not vary there is nothing else.
double rounding(const LinearDesign& design, const CentredDesign& x, std::span<const double> outcome) {
  double columns = 0, outcomes = 0;
  for (const std::size_t j : x.columns()) columns += design.numbers[j].norm2;
  for (std::size_t i = 0; i < outcome.size(); ++i)
    if (design.weight[i] > 0) outcomes += design.weight[i] * outcome[i] * outcome[i];
  constexpr double kRelative = 1e-14;
  return kRelative * kRelative * columns * outcomes;
}

double squared(std::span<const double> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return sum;
}

}  // namespace

LinearFit fit_least_squares(const LinearDesign& design, std::span<const double> outcome,
                            const LeastSquaresSettings& settings, const Workers& workers) {
  const CentredDesign x{design};
  const std::vector<double>& weight = design.weight;
  double mean = 0;
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (weight[i] > 0) mean += weight[i] * outcome[i];
  mean /= design.total_weight;
  std::vector<double> residual(weight.size());  // times weight
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (weight[i] > 0) residual[i] = weight[i] * (outcome[i] - mean);

  const double goal =
      std::max(settings.tol * settings.tol * squared(x.back(residual)), rounding(design, x, outcome));
  const Solution solved = conjugate_gradients(x, weight, residual, goal, settings.max_iter, workers);
  LinearFit fit;
  fit.iterations = solved.iterations;
  fit.converged = solved.last <= goal;
  fit.gap = solved.first > 0 ? std::sqrt(solved.last / solved.first) : 0;
  fit.intercept = mean;
  fit.beta.resize(design.numbers.size());
  for (std::size_t k = 0; k < solved.x.size(); ++k) {
    fit.beta[x.columns()[k]] = solved.x[k];
    fit.intercept -= solved.x[k] * design.numbers[x.columns()[k]].mean;
  }
  return fit;
}

}  // namespace kohort
