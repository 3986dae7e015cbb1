#include "learn/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace kohort {
namespace {

void check_weights(const Problem& problem) {
  if (problem.weights.empty()) return;
  double total = 0;
  for (const std::uint32_t row : problem.rows) {
    const double weight = problem.weights[row];
    if (!(weight >= 0) || std::isinf(weight))
      throw Error(ErrorKind::Fit, "a weight is negative, missing or infinite", {},
                  "give weights of 0 or more");
    total += weight;
  }
  if (total <= 0) throw Error(ErrorKind::Fit, "the weights of all training rows are 0");
}

}  // namespace

void check_problem(const Problem& problem) {
  const std::size_t n = problem.matrix.rows();
  if (problem.outcome.size() != n || (!problem.weights.empty() && problem.weights.size() != n))
    throw Error(ErrorKind::Defect, "outcome and weights need one value per row of the matrix");
  check_rows(problem.rows, n);
  if (problem.rows.empty())
    throw Error(ErrorKind::Fit, "there are no training rows", {}, "widen the population or its filter");
  if (problem.matrix.columns() == 0)
    throw Error(ErrorKind::Fit, "there are no predictors", {}, "declare at least one predictor");

  const auto count = [&](auto bad) {
    return std::ranges::count_if(problem.rows, [&](std::uint32_t row) { return bad(problem.outcome[row]); });
  };
  const auto missing = count([](double y) { return !std::isfinite(y); });
  if (missing > 0)
    throw Error(ErrorKind::Fit,
                fmt::format("the outcome is missing or infinite in {} training rows", missing), {},
                "leave rows without an outcome out of training");
  const auto other = count([](double y) { return y != 0 && y != 1; });
  if (problem.objective == Objective::Logistic && other > 0)
    throw Error(ErrorKind::Fit, fmt::format("the outcome is neither 0 nor 1 in {} training rows", other), {},
                "use squared error for counts, or declare the outcome as yes or no");
  check_weights(problem);
}

double mean_outcome(const Problem& problem) {
  double sum = 0, total = 0;
  for (const std::uint32_t row : problem.rows) {
    const double weight = problem.weights.empty() ? 1 : problem.weights[row];
    sum += weight * problem.outcome[row];
    total += weight;
  }
  return sum / total;
}

}  // namespace kohort
